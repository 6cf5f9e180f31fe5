import type { Database } from "../../../db/database.js";
import { readAgent } from "../../../db/queries/read-agents.js";
import { Refusal } from "../../../domain/errors.js";
import { presentAgent } from "../../presenters/agent.js";

/** The answer that shows an agent as it now stands; 404 when there is none. */
export async function answerAgent(db: Database, agentId: number, status = 200) {
  const row = await readAgent(db.kysely, agentId);
  if (!row) throw new Refusal("agent_not_found", "There is no such agent.");
  return { status, body: presentAgent(row) };
}
