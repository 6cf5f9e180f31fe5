import type pg from "pg";
import { ChatClient, SayError } from "../../../src/console/live/chat-client.js";
import { pause, waitAtMost } from "../../../src/runtime/deadline.js";
import { HttpClient } from "../../http-client.js";
import { clientSocket } from "../../socket-factory.js";
import { frameHash } from "../stream/frame-hash.js";
import { StreamWatch } from "../stream/stream-watch.js";
import { type Watched, type WatchedLog, watchedLog } from "./desk-watch.js";
import type { CrashCustomer, CrashGround } from "./ground.js";
import type { Ledger } from "./ledger.js";

/** Something that was said in a thread, and what its sender was told. */
export interface SaidInTalk {
  conversationId: number;
  senderId: number;
  clientId: string;
  text: string;
  /** The acknowledgement's; null: none came. */
  messageId: number | null;
  seq: number | null;
}

export interface TalkOptions {
  ground: CrashGround;
  ledger: Ledger;
  /** The API's and the relay's address, `ws://…`. */
  socketUrls: string[];
  /** Threads of two. */
  threads: number;
  /** Messages a second in all of them. */
  rate: number;
  /** How long what was said last may take to be acknowledged, and to be heard. */
  settleWithinMs: number;
  below: (limit: number) => number;
}

interface End {
  conversationId: number;
  person: CrashCustomer;
  client: ChatClient;
}

interface WatchedTalk extends Watched {
  conversationId: number;
}

const backoffMs = { min: 100, max: 2000 };

/**
 * Customers who talk with each other over chat sockets, half of them through the API's port, while everything is killed:
 * what was acknowledged is to be there once, in order, and each who listens hears all of it. A message whose
 * acknowledgement was lost is said again under its `client_id`, by the typed client.
 */
export class CrashTalk {
  readonly said: SaidInTalk[] = [];
  readonly conversationIds: number[] = [];
  readonly #options: TalkOptions;
  readonly #ends: End[] = [];
  readonly #watches: WatchedTalk[] = [];
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: TalkOptions) {
    this.#options = options;
  }

  /** Makes the threads by the API at `url`, and opens all sockets. */
  async open(url: string): Promise<void> {
    const http = new HttpClient(url, 1);
    try {
      await this.#openThreads(http);
    } finally {
      http.close();
    }
  }

  async #openThreads(http: HttpClient): Promise<void> {
    const { ground, threads, socketUrls } = this.#options;
    for (let n = 0; n < threads; n++) {
      const people = [ground.customers[2 * n], ground.customers[2 * n + 1]];
      const [first, second] = people;
      if (!first || !second) return;
      const body = { participant_ids: [first.id, second.id], title: `${ground.run} ${n}` };
      const answer = await http.call({ method: "POST", path: "/api/chat/threads/", token: first.token, body });
      const conversationId = Number(answer.body.id);
      if (answer.status >= 300 || !conversationId) throw new Error(`POST /api/chat/threads/ answered ${answer.status}`);
      this.conversationIds.push(conversationId);
      for (const [index, person] of [first, second].entries()) {
        const url = `${socketUrls[(n + index) % socketUrls.length]}/ws/chat/${conversationId}/`;
        this.#add(conversationId, person, url);
      }
    }
  }

  /** Talks until the load is over; resolves when all that was said is acknowledged, its time is over, or it is cut off. */
  async run(loadOver: AbortSignal, cut: AbortSignal): Promise<void> {
    const { rate, below } = this.#options;
    let owed = 0;
    const over = AbortSignal.any([loadOver, cut]);
    for (let lastAt = performance.now(); !over.aborted; await pause(50, over)) {
      const now = performance.now();
      owed = Math.min(rate, owed + (rate * (now - lastAt)) / 1000);
      lastAt = now;
      for (; owed >= 1; owed--) {
        const end = this.#ends[below(this.#ends.length)];
        if (end) this.#say(end);
      }
    }
    await waitAtMost(this.#options.settleWithinMs, Promise.all(this.#underWay), cut);
  }

  /** Until each listener is where its stream is; who is not in time is a finding. */
  async untilHeard(pool: pg.Pool, cut: AbortSignal): Promise<void> {
    let behind: string[] = [];
    for (const end = Date.now() + this.#options.settleWithinMs; Date.now() < end && !cut.aborted; await pause(100)) {
      const { rows } = await pool.query<{ stream: string; pos: number }>(
        "SELECT stream, last_pos::float8 AS pos FROM streams WHERE stream = ANY($1::text[])",
        [this.conversationIds.map((id) => `conversation:${id}`)],
      );
      const heads = new Map(rows.map(({ stream, pos }) => [stream, pos]));
      behind = this.#watches
        .filter(({ watch, conversationId }) => (watch.pos ?? -1) < (heads.get(`conversation:${conversationId}`) ?? 0))
        .map(({ name }) => name);
      if (behind.length === 0) return;
    }
    this.#options.ledger.finding(`never heard the end of their thread: ${behind.join(", ")}`);
  }

  /** In the words of the acts. */
  counts(): Record<string, { tried: number; acked: number }> {
    const acked = this.said.filter((one) => one.messageId !== null).length;
    return { said_in_a_thread: { tried: this.said.length, acked } };
  }

  /** The listeners' logs, conversation by conversation. */
  logs(): { stream: string; logs: WatchedLog[] }[] {
    return this.conversationIds.map((id) => {
      const logs = this.#watches.filter(({ conversationId }) => conversationId === id).map(watchedLog);
      return { stream: `conversation:${id}`, logs };
    });
  }

  close(): void {
    for (const { client } of this.#ends) client.close();
    for (const { watch } of this.#watches) watch.close();
  }

  #add(conversationId: number, person: CrashCustomer, url: string): void {
    const { token, name } = person;
    const client = new ChatClient({ socket: clientSocket, backoffMs, onFrame: () => undefined });
    client.connect(url, { token });
    this.#ends.push({ conversationId, person, client });
    const frames = new Map<number, number>();
    const onFrame = (frame: Readonly<Record<string, unknown>>) => frames.set(Number(frame.pos), frameHash(frame));
    const watch = new StreamWatch({ url, token, onFrame });
    watch.open();
    this.#watches.push({ name: `${name} in ${conversationId}`, conversationId, watch, frames });
  }

  #say({ conversationId, person, client }: End): void {
    const { ground, ledger, below } = this.#options;
    const clientId = `${ground.run}-talk-${this.said.length}`;
    const text = `Is it done? (${clientId})`;
    const said: SaidInTalk = { conversationId, senderId: person.id, clientId, text, messageId: null, seq: null };
    this.said.push(said);
    const saying = client.say(text, { clientId }).then(
      ({ messageId, seq }) => {
        said.messageId = messageId;
        said.seq = seq;
        if (below(4) === 0) client.read(seq);
      },
      (error) => {
        if (error instanceof SayError) ledger.finding(`said in a thread: ${error.status} ${error.message}`);
      },
    );
    this.#underWay.add(saying);
    void saying.finally(() => this.#underWay.delete(saying));
  }
}
