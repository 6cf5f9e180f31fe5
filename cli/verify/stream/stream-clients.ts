import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../seeded-random.js";
import type { ClientFigures, FromClients, ToClients } from "./client-messages.js";
import type { SeenFrame } from "./seen-frame.js";
import { StreamWatch } from "./stream-watch.js";
import { addWireFaults, newWireFaults } from "./wire-log.js";

/** The clients of `verify stream`, in a process of their own: what they cost is not taken from what they judge. */
type OpenOrder = Extract<ToClients, { do: "open" }>;

const tickMs = 200;
const longestAwayMs = 3000;
const settleWithinMs = 120_000;
const examplesMax = 10;
const ways = ["cut", "hang up", "away"] as const;

class Clients {
  readonly #order: OpenOrder;
  readonly #below: (limit: number) => number;
  readonly #clients: StreamWatch[] = [];
  readonly #retired = { connections: 0, delivered: 0, skipped: 0, doubles: 0, wire: newWireFaults() };
  readonly #drops: Record<string, number> = {};
  /** What the first client that heard it heard at each position; the others are compared with it as they hear it. */
  readonly #said = new Map<number, number>();
  #otherwise = 0;
  readonly #examples: string[] = [];
  #holes = 0;
  #dropping = true;
  /** Clients that are away and not back yet. */
  #away = 0;

  constructor(order: OpenOrder) {
    this.#order = order;
    this.#below = seededRandom(order.seed).below;
    for (let n = 0; n < order.clients; n++) this.#clients.push(this.#make(n, order.since, order.epoch));
  }

  async drop(): Promise<void> {
    const { dropRate, clients } = this.#order;
    let owed = 0;
    let last = performance.now();
    while (this.#dropping) {
      await sleep(tickMs);
      // By the clock: under load a tick is late, and those that it owes are dropped together.
      const now = performance.now();
      owed = Math.min(clients, owed + (clients * dropRate * (now - last)) / 1000);
      last = now;
      for (; owed >= 1; owed--) this.#dropOne(this.#below(clients));
    }
  }

  get open(): number {
    return this.#clients.filter((client) => client.state === "open").length;
  }

  /** Waits until all have what was said up to `pos`; how many have not after some time. */
  async settle(pos: number): Promise<number> {
    this.#dropping = false;
    const behind = () => this.#clients.filter((client) => (client.pos ?? 0) < pos).length;
    for (const end = Date.now() + settleWithinMs; this.#away + behind() > 0 && Date.now() < end; ) await sleep(50);
    return behind();
  }

  /** The figures, with what was heard compared with what the log says. */
  judge(from: number, hashes: readonly number[]): ClientFigures {
    const to = from + hashes.length;
    let otherwise = this.#otherwise;
    for (const [index, hash] of hashes.entries()) {
      const heard = this.#said.get(from + 1 + index);
      if (heard === undefined || heard === hash) continue;
      otherwise++;
      if (this.#examples.length < examplesMax) this.#examples.push(`at ${from + 1 + index} not as in the log`);
    }
    const wire = newWireFaults();
    addWireFaults(wire, this.#retired.wire);
    for (const client of this.#clients) addWireFaults(wire, client.wire);
    const sum = (of: "connections" | "delivered" | "skipped" | "doubles") =>
      this.#clients.reduce((total, client) => total + client[of], this.#retired[of]);
    return {
      clients: this.#clients.length,
      connections: sum("connections"),
      drops: this.#drops,
      delivered: sum("delivered"),
      skipped: sum("skipped"),
      holes: this.#clients.reduce((total, client) => total + Math.max(0, client.holes), this.#holes),
      doubles: sum("doubles"),
      behind: this.#clients.filter((client) => (client.pos ?? 0) < to).length,
      otherwise,
      examples: this.#examples,
      wire,
    };
  }

  close(): void {
    this.#dropping = false;
    for (const client of this.#clients) client.close();
  }

  #make(index: number, since: number, epoch: string): StreamWatch {
    const { urls, token } = this.#order;
    const url = urls[index % urls.length] ?? "";
    const onWire = (frame: SeenFrame) => {
      const pos = Number(frame.fields.pos);
      const heard = this.#said.get(pos);
      if (heard === undefined) this.#said.set(pos, frame.hash);
      else if (heard !== frame.hash) this.#note(pos, frame);
    };
    const watch = new StreamWatch({ ...{ url, token, since, epoch }, onFrame: () => undefined, onWire });
    watch.open();
    return watch;
  }

  #note(pos: number, { fields }: SeenFrame): void {
    this.#otherwise++;
    if (this.#examples.length < examplesMax) this.#examples.push(`at ${pos} also: ${JSON.stringify(fields)}`);
  }

  #dropOne(index: number): void {
    const client = this.#clients[index];
    const way = ways[this.#below(ways.length)] ?? "cut";
    if (client?.state !== "open") return;
    this.#drops[way] = (this.#drops[way] ?? 0) + 1;
    if (way === "cut") client.cut();
    else if (way === "hang up") client.hangUp();
    else this.#replace(index, client);
  }

  /** The client is gone for some time; another one goes on with its position, as a page that was loaded again does. */
  #replace(index: number, client: StreamWatch): void {
    client.close();
    const { pos, epoch } = client;
    // Its figures are kept; the closed one stays in its place, with none, until the other one is there.
    for (const figure of ["connections", "delivered", "skipped", "doubles"] as const) {
      this.#retired[figure] += client[figure];
    }
    this.#holes += Math.max(0, client.holes);
    addWireFaults(this.#retired.wire, client.wire);
    client.forgetFigures();
    this.#away++;
    void sleep(this.#below(longestAwayMs)).then(() => {
      this.#away--;
      this.#clients[index] = this.#make(index, pos ?? this.#order.since, epoch ?? this.#order.epoch);
    });
  }
}

let clients: Clients | null = null;
const answer = (message: FromClients) => process.send?.(message);

async function take(order: ToClients): Promise<void> {
  switch (order.do) {
    case "open":
      clients = new Clients(order);
      while (clients.open < order.clients) await sleep(20);
      answer({ is: "open", open: clients.open });
      await clients.drop();
      break;
    case "settle":
      answer({ is: "settled", behind: (await clients?.settle(order.pos)) ?? 0 });
      break;
    case "judge":
      if (clients) answer({ is: "judged", figures: clients.judge(order.from, order.hashes) });
      break;
    case "end":
      clients?.close();
      process.exit(0);
  }
}

process.on("message", (message) => void take(message as ToClients));
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole group; the command decides when this ends.
process.on("SIGINT", () => undefined);
answer({ is: "ready" });
