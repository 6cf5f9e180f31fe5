import { type Pulled, type PullTogether, pullTogether } from "../db/queries/pull-together.js";
import { readHeldTickets } from "../db/queries/read-tickets.js";
import { anyWaiting } from "../db/queries/read-waiting.js";
import { actsForAnother } from "../domain/audit.js";
import { capacityMax } from "../domain/ticket.js";
import type { Service } from "../runtime/lifecycle.js";
import { type FillContext, fillAgent, missing } from "./fill-agent.js";
import { Together, type TogetherSettings } from "./together.js";

/** Agents filled in one transaction: it keeps what it took from the others for so long. */
const pullsTogether = 8;

/**
 * The way of agents who pull. Those who do at once are filled in one transaction: of each is given, kept and told what
 * `fillAgent` gives, keeps and tells. One that somebody else holds at that moment, that an admin pulls for, or that pulls
 * within a transaction of the caller (a keyed call), goes its own way; so does one that came back short while tickets wait.
 */
export class GatheredPulls implements Service {
  readonly name = "pulls";
  readonly #together: Together<PullTogether, Pulled | null>;

  constructor(settings: Omit<TogetherSettings, "flushRows">) {
    this.#together = new Together({
      ...settings,
      name: this.name,
      flushRows: pullsTogether,
      bytesOf: () => 1,
      markOf: ({ agentId }) => String(agentId),
      run: (db, pulls) => pullTogether(db, pulls, capacityMax),
    });
  }

  start(): Promise<void> {
    return this.#together.start();
  }

  /** Fills those who wait, takes nothing more. */
  stop(): Promise<void> {
    return this.#together.stop();
  }

  /**
   * Tops an agent up to its capacity, as `fillAgent` does and with its refusals; returns all that it holds then besides.
   */
  async pull(ctx: FillContext, agentId: number): Promise<Pulled> {
    const isOwn = !ctx.actor || !actsForAnother(ctx.actor, agentId);
    const pulled = ctx.db.bound || !isOwn ? null : await this.#together.do({ agentId, requestId: ctx.requestId });
    if (pulled && !(await couldTakeMore(ctx, pulled))) return pulled;
    const filled = await fillAgent(ctx, { agentId, reason: "pull" });
    // What it was given and lost meanwhile may come to it again: it is one ticket.
    const taken = [...new Set([...(pulled?.taken ?? []), ...filled.taken])];
    return {
      ...filled,
      held: pulled?.held ?? filled.held,
      taken,
      tickets: await readHeldTickets(ctx.db.kysely, agentId),
    };
  }
}

/** It came back short while tickets wait: they were locked at that moment. */
async function couldTakeMore({ db }: FillContext, pulled: Pulled): Promise<boolean> {
  return missing({ ...pulled, online: true }, capacityMax) > 0 && (await anyWaiting(db.kysely, pulled.queues));
}
