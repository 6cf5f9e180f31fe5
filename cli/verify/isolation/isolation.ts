import type { Database } from "../../../src/db/database.js";
import type { ApiDocument } from "../api-document.js";
import { jsonOf, type Probe, type ProbeAnswer } from "../probe.js";
import { differenceOf, judgeAnswer, type Oracle } from "./judge-answer.js";
import { type IsolationCall, RequestMaker } from "./make-request.js";
import { type Party, parties } from "./rules.js";
import type { IsolationStage } from "./stage.js";
import { type SocketFigures, SocketTrials } from "./try-sockets.js";

export interface IsolationOptions {
  requests: number;
  below: (limit: number) => number;
  /** `ws://host:port` of the API and of the relay; none: no sockets are tried. */
  sockets: readonly string[];
  openDemo: boolean;
  visibility: Oracle["visibility"];
  signal: AbortSignal;
  onProgress: (done: number) => void;
}

export interface IsolationFigures {
  requests: number;
  routes: number;
  /** By route, party and status: how often. */
  outcomes: Record<string, Partial<Record<Party, Record<string, number>>>>;
  /** Answers about something foreign that were compared with the answer about something unknown. */
  compared: number;
  limited: number;
  sockets: SocketFigures | null;
  findings: number;
  /** The first of each kind, twenty kinds at most: what is wrong, how often, and the request that shows it. */
  shown: Finding[];
}

export interface Finding {
  fault: string;
  times: number;
  request: string;
  answer: string;
}

const lanes = 6;
const shownMax = 20;
/** One in so many steps is a socket. */
const socketEvery = 40;

/** Fires random requests and opens random sockets as everybody, and judges every answer and every frame (I8). */
export async function isolation(
  probe: Probe,
  db: Pick<Database, "pool">,
  parts: { stage: IsolationStage; document: ApiDocument },
  options: IsolationOptions,
): Promise<IsolationFigures> {
  const run = new IsolationRun(probe, db, parts, options);
  return run.all();
}

class IsolationRun {
  readonly #probe: Probe;
  readonly #stage: IsolationStage;
  readonly #maker: RequestMaker;
  readonly #oracle: Oracle;
  readonly #options: IsolationOptions;
  readonly #sockets: SocketTrials | null;
  readonly #figures: IsolationFigures;
  readonly #kinds = new Map<string, Finding>();

  constructor(
    probe: Probe,
    db: Pick<Database, "pool">,
    { stage, document }: { stage: IsolationStage; document: ApiDocument },
    options: IsolationOptions,
  ) {
    const { visibility, openDemo, below, sockets: bases } = options;
    this.#probe = probe;
    this.#stage = stage;
    this.#maker = new RequestMaker(stage, document, { below, visibility });
    this.#oracle = { marks: stage.marks, visibility, openDemo, peers: stage.peers, ownersOf: ownerReader(db) };
    this.#options = options;
    const report = (request: string, fault: string) => this.#find(fault, request, "");
    this.#sockets = bases.length === 0 ? null : new SocketTrials({ stage, oracle: this.#oracle, bases, below, report });
    this.#figures = {
      ...{ requests: 0, routes: document.routes.length, outcomes: {}, compared: 0, limited: 0 },
      ...{ sockets: null, findings: 0, shown: [] },
    };
  }

  async all(): Promise<IsolationFigures> {
    await this.#sockets?.watch();
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    if (this.#sockets) this.#figures.sockets = await this.#sockets.finish();
    return this.#figures;
  }

  async #lane(): Promise<void> {
    while (this.#figures.requests < this.#options.requests && !this.#options.signal.aborted) {
      this.#figures.requests++;
      if (this.#figures.requests % socketEvery === 0) await this.#sockets?.tryDoor();
      await this.#step(this.#maker.next());
      this.#options.onProgress(this.#figures.requests);
    }
  }

  async #step(call: IsolationCall): Promise<void> {
    const answer = await this.#send(call, call.route.path.startsWith("/api/auth/"));
    this.#count(call, answer.status);
    if (answer.status === 429) return;
    await this.#learn(call, answer);
    for (const fault of await judgeAnswer(call, answer, this.#oracle)) {
      this.#find(`${call.route.name}: ${fault}`, describe(call), `${answer.status} ${answer.text.slice(0, 600)}`);
    }
    if (call.twin) await this.#compare(call, answer);
  }

  async #compare(call: IsolationCall, answer: ProbeAnswer): Promise<void> {
    const other = await this.#send({ ...call, ...call.twin }, false);
    this.#figures.compared++;
    const difference = differenceOf(answer, other);
    if (difference === null) return;
    this.#find(
      `${call.route.name}: tells what is foreign from what is not there: ${difference}`,
      describe(call),
      answer.text,
    );
  }

  #send({ method, path, headers, body }: IsolationCall, atOnce: boolean): Promise<ProbeAnswer> {
    const call = { method, path, headers, ...(body === undefined ? {} : { body }) };
    return atOnce ? this.#probe.send(call) : this.#probe.sendPatiently(call, () => void this.#figures.limited++);
  }

  /** What was made joins what the next requests are about; who made it is asked of the database, not of the answer. */
  async #learn({ route }: IsolationCall, { status, text }: ProbeAnswer): Promise<void> {
    if (status !== 201) return;
    const made = jsonOf(text) as Made | null;
    if (route.path === "/api/auth/guest/" && typeof made?.user?.id === "number") this.#stage.writers.add(made.user.id);
    if (typeof made?.id !== "number") return;
    const collections = [route.path];
    if (route.path === "/api/chat/threads/" || route.path === "/api/chat/threads/{id}/messages/") {
      const isThread = route.path === "/api/chat/threads/";
      const { threads, said } = this.#stage;
      const owners = await this.#oracle.ownersOf(isThread ? "conversation" : "message", made.id);
      if (owners !== null) (isThread ? threads : said).set(made.id, owners);
    }
    const matter = mattersMade[route.path];
    const thread = made.message?.conversation_id;
    if (matter && typeof thread === "number") {
      const owners = await this.#oracle.ownersOf("conversation", thread);
      if (owners !== null) this.#stage.matters[matter].set(made.id, owners);
    }
    if (route.path === "/api/users/") collections.push(made.role === "customer" ? "/api/customers/" : "/api/agents/");
    for (const path of collections) this.#stage.made.set(path, [...(this.#stage.made.get(path) ?? []), made.id]);
    if (route.path !== "/api/messages/" && route.path !== "/api/admin/tickets/") return;
    const [owner] = (await this.#oracle.ownersOf("ticket", made.id)) ?? [];
    if (owner === undefined) return;
    this.#stage.writers.add(owner);
    this.#stage.tickets.set(made.id, owner);
    if (typeof made.conversation_id === "number") this.#stage.conversations.set(made.conversation_id, owner);
  }

  #count({ route, actor }: IsolationCall, status: number): void {
    const byParty = this.#figures.outcomes[route.name] ?? {};
    const counts = byParty[actor.party] ?? {};
    byParty[actor.party] = { ...counts, [status]: (counts[status] ?? 0) + 1 };
    this.#figures.outcomes[route.name] = byParty;
  }

  #find(fault: string, request: string, answer: string): void {
    this.#figures.findings++;
    // The route, the names and the numbers do not make another kind.
    const kind = fault.replace(/^[A-Z]+ \S+: /, "").replace(/[0-9a-f]*\d[0-9a-f]*|"[^"]*"/g, "#");
    const known = this.#kinds.get(kind);
    if (known) known.times++;
    else if (this.#kinds.size < shownMax) {
      const found = { fault, times: 1, request, answer };
      this.#kinds.set(kind, found);
      this.#figures.shown.push(found);
    }
  }
}

/** What is known of what was made. */
interface Made {
  id?: unknown;
  role?: unknown;
  conversation_id?: unknown;
  message?: { conversation_id?: unknown };
  /** Of a session. */
  user?: { id?: unknown };
}

const mattersMade: Readonly<Record<string, "disputes" | "payments">> = {
  "/api/chat/threads/{id}/create-dispute/": "disputes",
  "/api/chat/threads/{id}/initiate-payment/": "payments",
};

/** A request as it may be shown: what it carried as proof of who it is stays out. */
function describe({ actor, method, path, body }: IsolationCall): string {
  return `as ${actor.name}: ${method} ${path}${body === undefined ? "" : ` ${body.slice(0, 600)}`}`;
}

/** A support case is its ticket's customer's; any other one of the customers who take part. */
const ofConversation = `
  SELECT coalesce(
    (SELECT ARRAY[t.customer_id] FROM tickets t WHERE t.conversation_id = v.id LIMIT 1),
    ARRAY(SELECT p.user_id FROM participants p JOIN customers c ON c.id = p.user_id
          WHERE p.conversation_id = v.id ORDER BY p.user_id)) AS ids
  FROM conversations v`;

const owners = {
  ticket: "SELECT ARRAY[customer_id] AS ids FROM tickets WHERE id = $1",
  conversation: `${ofConversation} WHERE v.id = $1`,
  message: `${ofConversation} JOIN messages m ON m.conversation_id = v.id WHERE m.id = $1`,
  // Until a message uses it, it is its uploader's.
  attachment: `
    SELECT CASE WHEN a.message_id IS NULL THEN ARRAY(SELECT id FROM customers WHERE id = a.uploader_id)
                ELSE coalesce(o.ids, '{}') END AS ids
    FROM attachments a LEFT JOIN messages m ON m.id = a.message_id
    LEFT JOIN LATERAL (${ofConversation} WHERE v.id = m.conversation_id) o ON true WHERE a.id = $1`,
};

/** Asks the database whose a row is; a row's customers never change, so each is asked for once, but for uploads. */
function ownerReader({ pool }: Pick<Database, "pool">): Oracle["ownersOf"] {
  const known = new Map<string, Promise<readonly number[] | null>>();
  const read = async (noun: keyof typeof owners, id: number): Promise<readonly number[] | null> => {
    const { rows } = await pool.query<{ ids: (number | string)[] }>(owners[noun], [id]);
    return rows[0] ? rows[0].ids.map(Number) : null;
  };
  return (noun, id) => {
    if (noun === "attachment") return read(noun, id);
    const key = `${noun} ${id}`;
    const found = known.get(key) ?? read(noun, id);
    known.set(key, found);
    return found;
  };
}

/** Parties in the order of the table, those that show no right as one. */
export const columns: readonly { title: string; of: readonly Party[] }[] = [
  ...(["admin", "agent", "customer", "key"] as const).map((party) => ({ title: party, of: [party] })),
  { title: "no right", of: parties.filter((party) => !["admin", "agent", "customer", "key"].includes(party)) },
];
