import { isCustomerInSight, isTicketInSight, readQueuesOf } from "../db/queries/in-sight.js";
import { type ErrorCode, Refusal } from "../domain/errors.js";
import { isNarrowed, sightOf } from "../domain/visibility.js";
import type { Answer, Endpoint, EndpointInput } from "./endpoint.js";

/** How the id of a path is looked for, by its noun, and what is said of one that is not there: the commands' words. */
const lookedFor = {
  message_not_found: { find: isTicketInSight, detail: "There is no such message." },
  ticket_not_found: { find: isTicketInSight, detail: "There is no such ticket." },
  customer_not_found: { find: isCustomerInSight, detail: "There is no such customer." },
} as const;

/**
 * Runs an endpoint with what its caller sees (AGENT_VISIBILITY). A path that names a ticket or a customer out of sight
 * gets the 404 of one that is not there, before anything else is said of it; so does an id that nobody has. Here, for all
 * endpoints; and inside of a keyed call, whose repeat gets its answer also when the call itself put the ticket out of
 * sight. Where nothing is hidden from the caller it asks nothing.
 */
export async function runInSight(endpoint: Endpoint, input: EndpointInput<unknown, unknown>): Promise<Answer> {
  const { actor, db } = input.context;
  const mode = input.deps.config.AGENT_VISIBILITY;
  if (!isNarrowed(actor, mode)) return endpoint.run(input);
  const lists = mode === "queues" && actor.id !== null ? await readQueuesOf(db.kysely, [actor.id]) : null;
  const sight = sightOf(actor, mode, lists?.get(actor.id ?? 0));
  const looked = endpoint.noun && !endpoint.looksItself && isLookedFor(endpoint.noun) ? lookedFor[endpoint.noun] : null;
  if (looked && sight.kind !== "all" && !(await looked.find(db.kysely, sight, input.id))) {
    throw new Refusal(endpoint.noun ?? "not_found", looked.detail);
  }
  return endpoint.run({ ...input, sight, context: { ...input.context, sight } });
}

function isLookedFor(noun: ErrorCode): noun is keyof typeof lookedFor {
  return Object.hasOwn(lookedFor, noun);
}
