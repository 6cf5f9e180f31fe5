import { LRUCache } from "lru-cache";
import type { Database } from "../../db/database.js";
import { readCustomerState, readFirstAdmin, readUserState } from "../../db/queries/read-users.js";
import { type Caller, callerOf } from "../caller.js";

/** How long a demo caller is remembered, ms. */
const ttlMs = 2000;

/** Finds who a call without a token acts as in the open demo mode. */
export type DemoCaller = (named: { agentId: unknown; userId: unknown }) => Promise<Caller>;

const nobody: Caller = { actor: { kind: "demo", id: null, role: "admin", name: "Demo admin" }, userId: null };

/**
 * A call without a token acts as the agent or the customer that it names, any other one as the demo admin (CONTRACT.md 0).
 * A name that nobody has is left to the command, which says so: the admin calls it.
 */
export function createDemoCaller(db: Database): DemoCaller {
  const known = new LRUCache<string, Caller>({
    max: 1000,
    ttl: ttlMs,
    fetchMethod: async (name) => {
      const value = name.slice(1);
      if (name[0] === "c") {
        const customer = await readCustomerState(db.kysely, value);
        if (customer && !customer.disabled) return callerOf(customer, "demo");
      }
      if (name[0] === "a") {
        const agent = await readUserState(db.kysely, Number(value));
        if (agent && agent.role !== "customer" && !agent.disabled) return callerOf(agent, "demo");
      }
      const admin = await readFirstAdmin(db.kysely);
      return admin ? callerOf(admin, "demo") : nobody;
    },
  });
  return async ({ agentId, userId }) => {
    const agent = typeof agentId === "number" || typeof agentId === "string" ? String(agentId) : "";
    if (/^\d{1,15}$/.test(agent)) return (await known.fetch(`a${agent}`)) ?? nobody;
    if (typeof userId === "string" && userId !== "" && !userId.includes("\0") && userId.length <= 255) {
      return (await known.fetch(`c${userId}`)) ?? nobody;
    }
    return (await known.fetch("-")) ?? nobody;
  };
}
