import { type AgentOptions, Agent as PlainHttpAgent } from "node:http";
import { Agent as PlainHttpsAgent } from "node:https";
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from "request-filtering-agent";
import type { Target } from "./outbound-target.js";

/** An agent for this call alone: no connection is left over for the next one. */
export function agentFor({ url, allowed }: Target, options: AgentOptions = {}): PlainHttpAgent {
  if (url.protocol === "https:")
    return allowed ? new PlainHttpsAgent(options) : new RequestFilteringHttpsAgent(options);
  return allowed ? new PlainHttpAgent(options) : new RequestFilteringHttpAgent(options);
}

/** A connection that nobody needed for that long is closed, ms: sooner than servers do it (node 5 s, gunicorn 2 s). */
const idleMs = 1000;
/** Idle connections to one place. */
const idleMax = 64;
/** Places that are remembered; beyond that the one that was not called for longest is forgotten. */
const placesMax = 500;

/**
 * Agents that keep connections for the next call. A place is where a connection leads: protocol, host, port, the addresses
 * that were checked, and whether they may be private. Each call is checked anew before it is given an agent, so a name that
 * leads elsewhere, or is not to be called any more, never meets a connection that was made when it was.
 */
export class KeptAgents {
  readonly #agents = new Map<string, PlainHttpAgent>();

  for(target: Target): PlainHttpAgent {
    const place = placeOf(target);
    const agent =
      this.#agents.get(place) ?? agentFor(target, { keepAlive: true, timeout: idleMs, maxFreeSockets: idleMax });
    this.#agents.delete(place);
    this.#agents.set(place, agent);
    // Its calls go on; its idle connections end by themselves.
    for (const oldest of this.#agents.keys()) {
      if (this.#agents.size <= placesMax) break;
      this.#agents.delete(oldest);
    }
    return agent;
  }
}

function placeOf({ url, addresses, allowed }: Target): string {
  const to = addresses.map(({ address }) => address).sort();
  return [url.protocol, url.host, allowed, ...to].join(" ");
}
