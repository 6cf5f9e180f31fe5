import type { Database } from "../../src/db/database.js";
import {
  readAgentsOfCustomer,
  readHandOvers,
  readPlaceInQueue,
  readServingAgents,
  readTicketFacts,
} from "../../src/db/queries/explain-ticket.js";
import { Failure } from "../failure.js";
import type { Explained } from "./explain-ticket.js";

/** All that `explainTicket` goes by. Throws Failure when there is no such ticket. */
export async function readExplained({ kysely }: Database, id: number): Promise<Explained> {
  const facts = await readTicketFacts(kysely, id);
  if (!facts) throw new Failure(`there is no ticket ${id}`);
  const handOvers = await readHandOvers(kysely, id);
  if (facts.status !== "unassigned") return { facts, handOvers, waiting: null };
  const [place, agents, ofCustomer] = await Promise.all([
    readPlaceInQueue(kysely, id),
    readServingAgents(kysely, facts.queue),
    readAgentsOfCustomer(kysely, id),
  ]);
  return { facts, handOvers, waiting: { place, agents, ofCustomer } };
}
