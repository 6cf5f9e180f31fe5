import { requireStanding } from "../commands/read-bearer.js";
import type { Standing } from "../db/queries/read-standing.js";
import { Refusal } from "../domain/errors.js";
import { pause } from "../runtime/deadline.js";
import type { Service } from "../runtime/lifecycle.js";
import type { Logger } from "../runtime/logger.js";
import type { Viewer } from "./authenticate.js";
import { closeCodes } from "./transport.js";

/** A socket as far as its token goes. */
export interface TokenHolder {
  readonly viewer: Viewer;
  close(code: number, reason: string): void;
}

export interface TokenRecheckOptions {
  /** The sockets that are open now. */
  holders: () => Iterable<TokenHolder>;
  /** The standings of these users as they are now. */
  readStandings: (ids: readonly number[]) => Promise<Standing[]>;
  logger: Logger;
  /** How often, ms. */
  everyMs?: number;
}

/** Users of one read. */
const usersOfRead = 1000;

/**
 * Looks every few seconds whether the tokens of the open sockets still stand, in one read for all: who is disabled, signed
 * out or has another role is told at once over the bus, and what was lost there, or came between a socket's sign-in and its
 * opening, is found here. Database away: all stay, and the next look decides.
 */
export class TokenRecheck implements Service {
  readonly name = "token-recheck";
  readonly #options: TokenRecheckOptions;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | null = null;

  constructor(options: TokenRecheckOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  /** One look; how many sockets it closed. Rejects when the database is away. */
  async look(): Promise<number> {
    const byUser = new Map<number, TokenHolder[]>();
    for (const holder of this.#options.holders()) {
      const { bearer } = holder.viewer;
      if (bearer) byUser.set(bearer.userId, [...(byUser.get(bearer.userId) ?? []), holder]);
    }
    const ids = [...byUser.keys()];
    let closed = 0;
    for (let start = 0; start < ids.length; start += usersOfRead) {
      const asked = ids.slice(start, start + usersOfRead);
      const known = new Map((await this.#options.readStandings(asked)).map((standing) => [standing.id, standing]));
      for (const id of asked) {
        for (const holder of byUser.get(id) ?? []) closed += closeUnlessStanding(holder, known.get(id) ?? null);
      }
    }
    return closed;
  }

  async #run(): Promise<void> {
    const { everyMs = 5000, logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      const closed = await this.look().catch((error: unknown) => {
        logger.debug({ err: error }, "tokens of open sockets could not be looked at");
        return 0;
      });
      if (closed > 0) logger.info({ closed }, "sockets whose tokens stand no more");
    }
  }
}

/** 1 when it had to be closed: another role has no right here any more, anything else is a token that is gone. */
function closeUnlessStanding(holder: TokenHolder, standing: Standing | null): number {
  const { bearer, actor } = holder.viewer;
  // It may have been given another token while the standings were read.
  if (!bearer) return 0;
  try {
    requireStanding(bearer, standing);
  } catch (error) {
    const code = error instanceof Refusal && error.code === "forbidden" ? closeCodes.noRight : closeCodes.badToken;
    holder.close(code, "the token was revoked");
    return 1;
  }
  if (standing.role === actor.role) return 0;
  holder.close(closeCodes.noRight, "the role has changed");
  return 1;
}
