import { asCallError } from "../http/call-error.js";
import type { TokenHolder } from "../http/session.js";
import { lifeOf } from "../live/token-keeper.js";
import type { PageToken } from "./settings.js";

/** A token that runs out sooner is asked for anew, ms. */
const leftMs = 30_000;

/** The tokens that a page gives for its own customer, who is signed in there: asked for when one is needed. */
export class PageTokens implements TokenHolder {
  readonly #source: PageToken;
  #last: string | null = null;
  #asking: Promise<string> | null = null;

  constructor(source: PageToken) {
    this.#source = source;
  }

  async token(): Promise<string> {
    const life = this.#last === null ? null : lifeOf(this.#last, Date.now());
    return this.#last !== null && life !== null && life.leftMs > leftMs ? this.#last : this.renew();
  }

  renew(): Promise<string> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<string> {
    try {
      this.#last = typeof this.#source === "function" ? await this.#source() : this.#source;
      return this.#last;
    } catch (error) {
      throw asCallError(error);
    }
  }
}
