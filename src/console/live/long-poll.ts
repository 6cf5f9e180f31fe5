import type { Backoff } from "./backoff.js";
import type { ServerFrame } from "./stream-log.js";

/** What `GET /api/events/` answers (CONTRACT.md 5). */
export interface PollAnswer {
  stream: string;
  epoch: string;
  pos: number;
  oldest: number;
  frames: ServerFrame[];
}

/** Why polling ended: there is nothing to poll here, the token was refused, or the right is gone. */
export type PollEnd = "not here" | "token" | "no right";

export interface LongPollOptions {
  /** `https://…/api/events/?stream=<s>`. */
  url: string;
  fetch: typeof fetch;
  /** `again`: the last one was refused. Rejects when none can be had. */
  token: (again: boolean) => Promise<string | undefined>;
  isRenewable: boolean;
  /** After which position to go on; null: from the head. */
  where: () => { since: number | null; epoch: string | null };
  onAnswer: (answer: PollAnswer) => void;
  onEnd: (why: PollEnd) => void;
  backoff: Backoff;
}

const waitS = 25;
/** An answer that is so late does not come any more, ms. */
const lateMs = 60_000;

/** Where the frames of a socket's stream are polled; null for a socket that speaks another dialect. */
export function pollAddressOf(socketUrl: string): string | null {
  const url = new URL(socketUrl);
  if (url.searchParams.has("dialect")) return null;
  const chat = /\/ws\/chat\/(\d+)\/?$/.exec(url.pathname)?.[1];
  const stream = chat === undefined ? "agents" : `conversation:${chat}`;
  const base = url.pathname.replace(/\/ws\/.*$/, "");
  return `${url.protocol === "wss:" ? "https:" : "http:"}//${url.host}${base}/api/events/?stream=${stream}`;
}

/** A stream by long polls, one after the other, for where no socket opens. */
export class LongPoll {
  readonly #options: LongPollOptions;
  #stopped = false;
  #call: AbortController | null = null;
  #wake: () => void = () => undefined;

  constructor(options: LongPollOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#run();
  }

  /** No answer is handed on after that. */
  stop(): void {
    this.#stopped = true;
    this.#call?.abort();
    this.#wake();
  }

  async #run(): Promise<void> {
    for (let again = false; !this.#stopped; ) {
      const answer: PollAnswer | number | null = await this.#ask(again).catch(() => null);
      if (this.#stopped) return;
      again = answer === 401;
      if (typeof answer === "object" && answer !== null) {
        this.#options.backoff.reset();
        this.#options.onAnswer(answer);
        continue;
      }
      const end = this.#endBy(answer);
      if (end !== null) return this.#options.onEnd(end);
      await this.#pause(this.#options.backoff.next());
    }
  }

  /** The answer, or the status of the refusal. */
  async #ask(again: boolean): Promise<PollAnswer | number> {
    const { url, where, token } = this.#options;
    const address = new URL(url);
    const { since, epoch } = where();
    if (since !== null) {
      address.searchParams.set("since", String(since));
      address.searchParams.set("wait", String(waitS));
      if (epoch !== null) address.searchParams.set("epoch", epoch);
    }
    const bearer = await token(again);
    const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    this.#call = new AbortController();
    const late = setTimeout(() => this.#call?.abort(), lateMs);
    try {
      const response = await this.#options.fetch(address.href, { headers, signal: this.#call.signal });
      return response.ok ? ((await response.json()) as PollAnswer) : response.status;
    } finally {
      clearTimeout(late);
    }
  }

  #endBy(status: number | null): PollEnd | null {
    if (status === 401 && !this.#options.isRenewable) return "token";
    if (status === 403) return "no right";
    return status === 404 ? "not here" : null;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
