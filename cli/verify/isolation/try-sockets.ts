import { lastPosition, type SocketDoor, type SocketFrame, SocketProbe } from "../socket-probe.js";
import { foreignTo, idsIn, type Oracle } from "./judge-answer.js";
import { mayRead, type Party } from "./rules.js";
import type { Actor, IsolationStage } from "./stage.js";

export interface SocketFigures {
  /** Doors tried, by who tried and what became of it. */
  doors: Record<string, Record<string, number>>;
  frames: number;
  /** Sockets that were given another user's token by an `auth` frame. */
  swapped: number;
  /** Whether `/ws/chat/<id>/` is served. */
  chat: boolean;
}

/** What was found, with the socket that shows it; no token is in it. */
export type Report = (where: string, fault: string) => void;

const nowhere = 4_000_000_000_001;
const ways: readonly SocketDoor["by"][] = ["query", "subprotocol", "header"];
const junk = [
  "",
  "x",
  "[]",
  "null",
  '{"type":5}',
  '{"type":"resume","since":-1}',
  '{"type":"resume","since":"x"}',
  '{"type":"auth"}',
];

/** Tries the sockets: who may open which, what the open ones are sent, and what another user's token does to them. */
export class SocketTrials {
  readonly #stage: IsolationStage;
  readonly #oracle: Oracle;
  /** Of the API, and of the relay itself. */
  readonly #bases: readonly string[];
  readonly #below: (limit: number) => number;
  readonly #report: Report;
  readonly #watchers: SocketProbe[] = [];
  readonly #judging: Promise<void>[] = [];
  readonly figures: SocketFigures = { doors: {}, frames: 0, swapped: 0, chat: false };

  constructor(given: {
    stage: IsolationStage;
    oracle: Oracle;
    bases: readonly string[];
    below: (limit: number) => number;
    report: Report;
  }) {
    this.#stage = given.stage;
    this.#oracle = given.oracle;
    this.#bases = given.bases;
    this.#below = given.below;
    this.#report = given.report;
  }

  /** Opens a socket for everybody who may watch, which stays open; finds out whether chat sockets are served. */
  async watch(): Promise<void> {
    const admin = this.#stage.actors.find((actor) => actor.party === "admin");
    const [conversation = 0] = this.#stage.conversations.keys();
    if (admin) {
      const { status, probe } = await this.#open(admin, `/ws/chat/${conversation}/`, "query", 0);
      this.figures.chat = status === 101;
      probe?.close();
    }
    for (const actor of this.#stage.actors) {
      if (this.#expected(actor, null) !== 101) continue;
      const { probe } = await this.#open(actor, "/ws/agents/", "query", this.#below(this.#bases.length));
      if (probe) this.#watchers.push(probe);
    }
  }

  /** One door, by chance: the right one or not, with a token's way, a base and a beginning by chance. */
  async tryDoor(): Promise<void> {
    const { actors, conversations, threads, apart, sealed } = this.#stage;
    const actor = this.#one(actors.filter(({ party }) => party !== "key"));
    const apartTwice = [apart.threadId, apart.threadId];
    const places = [...conversations.keys(), ...threads.keys(), sealed.conversationId, ...apartTwice, nowhere];
    const chat = this.#below(2) === 0 ? this.#one(places) : null;
    const path = chat === null ? "/ws/agents/" : `/ws/chat/${chat}/`;
    const since = this.#one(["", "?since=0", "?since=1", "?since=999999999", "?since=-1", "?since=x"]);
    const { status, probe } = await this.#open(
      actor,
      `${path}${since}`,
      this.#one(ways),
      this.#below(this.#bases.length),
    );
    const expected = this.#expected(actor, chat);
    if (expected !== null && status !== expected) {
      this.#report(`${path} as ${actor.name}`, `answers ${status} in place of ${expected}`);
    }
    if (!probe) return;
    await probe.until(() => probe.frames.some(({ type }) => type === "hello"));
    if (this.#below(2) === 0) await this.#swap(probe, actor, path);
    else for (const text of junk) probe.send(text);
    probe.close();
  }

  /** Reads every stream that somebody may watch from its beginning, closes the watchers, judges what is left. */
  async finish(): Promise<SocketFigures> {
    for (const actor of this.#stage.actors) {
      if (this.#expected(actor, null) !== 101) continue;
      const { probe } = await this.#open(actor, "/ws/agents/?since=0", "query", 0);
      if (!probe) continue;
      const hello = () => probe.frames.find(({ type }) => type === "hello");
      const done = () => {
        const head = hello();
        const resync = probe.frames.some(({ type }) => type === "resync_required");
        return resync || (head !== undefined && lastPosition(probe.frames) >= Number(head.pos));
      };
      if (!(await probe.until(done, 60_000)))
        this.#report(`/ws/agents/?since=0 as ${actor.name}`, "did not catch up in 60 s");
      probe.close();
    }
    for (const watcher of this.#watchers) watcher.close();
    await Promise.all(this.#judging);
    return this.figures;
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  async #open(actor: Actor, path: string, by: SocketDoor["by"], base: number) {
    const where = `${path} as ${actor.name}`;
    const url = `${this.#bases[base]}${path}`;
    const opened = await SocketProbe.open({ url, token: actor.token, by }, (frame, text) => {
      this.figures.frames++;
      this.#judging.push(this.#judge(actor, frame, text, where));
    });
    const counts = this.figures.doors[actor.party] ?? {};
    this.figures.doors[actor.party] = { ...counts, [opened.status]: (counts[opened.status] ?? 0) + 1 };
    return opened;
  }

  /** The status that the contract has for that door; null: either 101 or 404 is right. `chat`: the conversation. */
  #expected(actor: Actor, chat: number | null): number | null {
    const { conversations, threads, shared, apart, sealed } = this.#stage;
    const isWatcher = actor.party === "none" && this.#oracle.openDemo;
    const byParty: Record<Party, number> = {
      ...{ admin: 101, agent: 101, customer: 403, key: 401, none: 401, expired: 401, elsewhere: 401, forged: 401 },
      ...(isWatcher ? { none: 101 } : {}),
    };
    if (chat === null) return byParty[actor.party];
    if (!this.figures.chat) return byParty[actor.party] === 401 ? null : 404;
    if (byParty[actor.party] === 401) return 401;
    if (chat === nowhere) return 404;
    if (chat === apart.threadId) return actor.party === "admin" ? 101 : isWatcher ? null : 404;
    const owners = threads.get(chat);
    if (owners) {
      if (actor.party === "customer" && !owners.includes(actor.id ?? 0)) return 404;
      // Who takes part may have deleted it, and agents may have been added, but for the one that nobody opened.
      return chat === shared.threadId && actor.party === "customer" ? 101 : null;
    }
    if (actor.party === "customer") return conversations.get(chat) === actor.id ? 101 : 404;
    if (actor.party !== "agent") return isWatcher ? null : 101;
    if (this.#oracle.visibility === "all") return 101;
    const sealedFrom = { label: "sealed" as const, ownerId: -1, queue: this.#stage.queues.b };
    return chat === sealed.conversationId && !mayRead(actor, sealedFrom, this.#oracle.visibility) ? 404 : null;
  }

  /** Another user's token on an open socket: it is closed or told so, and goes on as nobody else. */
  async #swap(probe: SocketProbe, actor: Actor, path: string): Promise<void> {
    const other = this.#one(
      this.#stage.actors.filter(({ token, id }) => token !== null && (id === null || id !== actor.id)),
    );
    const before = probe.frames.length;
    probe.send(JSON.stringify({ type: "auth", token: other.token }));
    const answers = () => probe.frames.slice(before).filter(({ type }) => type === "auth" || type === "error");
    this.figures.swapped++;
    if (!(await probe.until(() => answers().length > 0))) {
      this.#report(`${path} as ${actor.name}, auth with the token of ${other.name}`, "neither answers nor closes");
    }
    if (answers().some(({ type }) => type === "auth")) {
      this.#report(`${path} as ${actor.name}, auth with the token of ${other.name}`, "takes it");
    }
  }

  async #judge(actor: Actor, frame: SocketFrame, text: string, where: string): Promise<void> {
    const { marks, visibility, openDemo } = this.#oracle;
    const reader = actor.party === "none" && openDemo ? { ...actor, party: "admin" as const } : actor;
    for (const { word, owned } of marks.find(text)) {
      if (!mayRead(reader, owned, visibility)) {
        this.#report(where, `a frame ${String(frame.type)} shows a text of ${owned.label} ${owned.ownerId} (${word})`);
      }
    }
    if (actor.party !== "customer") return;
    for (const { noun, id } of idsIn(frame)) {
      const owners = await foreignTo(actor.id ?? 0, noun, id, this.#oracle);
      if (owners !== null)
        this.#report(where, `a frame ${String(frame.type)} names ${noun} ${id} of customer ${owners}`);
    }
  }
}
