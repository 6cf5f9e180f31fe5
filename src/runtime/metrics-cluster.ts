import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry } from "prom-client";
import { withDeadline } from "./deadline.js";
import type { Service } from "./lifecycle.js";
import type { Metrics, MetricValues } from "./metrics.js";

/** What passes between the processes of a cluster about their figures. */
type Word =
  | { switchboard: "all figures?"; id: number }
  | { switchboard: "own figures?"; id: number }
  | { switchboard: "own figures"; id: number; values: MetricValues[] }
  | { switchboard: "all figures"; id: number; text: string };

/** A process that does not answer in that time (it is stopped, or just starts) is left out. */
const ownDeadlineMs = 1000;
const allDeadlineMs = 2500;

function isWord(message: unknown): message is Word {
  return typeof message === "object" && message !== null && "switchboard" in message && "id" in message;
}

/**
 * In the primary process of a cluster: gathers the figures of all its processes for the one that was asked for them.
 * One port answers for them all, so that a scrape sees each process's figures every time, under its own label.
 */
export class MetricsExchange implements Service {
  readonly name = "metrics exchange";
  readonly #waiting = new Map<number, (values: MetricValues[]) => void>();
  #asked = 0;

  readonly #hear = (worker: Worker, message: unknown) => {
    if (!isWord(message)) return;
    if (message.switchboard === "own figures") this.#waiting.get(message.id)?.(message.values);
    if (message.switchboard === "all figures?") void this.#answer(worker, message.id);
  };

  async start(): Promise<void> {
    cluster.on("message", this.#hear);
  }

  async stop(): Promise<void> {
    cluster.off("message", this.#hear);
  }

  async #answer(worker: Worker, id: number): Promise<void> {
    const running = Object.values(cluster.workers ?? {}).filter((one) => one?.isConnected());
    const asked = await Promise.allSettled(running.map((one) => this.#ask(one)));
    const all = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const text = await AggregatorRegistry.aggregate(all).metrics();
    say(worker, { switchboard: "all figures", id, text });
  }

  async #ask(worker: Worker | undefined): Promise<MetricValues[]> {
    const id = ++this.#asked;
    const values = new Promise<MetricValues[]>((resolve) => this.#waiting.set(id, resolve));
    say(worker, { switchboard: "own figures?", id });
    try {
      return await withDeadline(values, ownDeadlineMs, "a process's figures");
    } finally {
      this.#waiting.delete(id);
    }
  }
}

function say(worker: Worker | undefined, word: Word): void {
  if (worker?.isConnected()) worker.send(word, () => undefined);
}

/**
 * In a process of a cluster: figures whose `text` is that of all its processes; only the own ones when the primary does
 * not answer.
 */
export function clusterMetrics(own: Metrics): Metrics {
  const waiting = new Map<number, (text: string) => void>();
  let asked = 0;
  const tell = (word: Word) => process.send?.(word, undefined, undefined, () => undefined);
  process.on("message", (message) => {
    if (!isWord(message)) return;
    if (message.switchboard === "all figures") waiting.get(message.id)?.(message.text);
    if (message.switchboard === "own figures?") {
      void own.values().then((values) => tell({ switchboard: "own figures", id: message.id, values }));
    }
  });
  const text = async () => {
    const id = ++asked;
    const all = new Promise<string>((resolve) => waiting.set(id, resolve));
    tell({ switchboard: "all figures?", id });
    try {
      return await withDeadline(all, allDeadlineMs, "the other processes' figures");
    } catch {
      return own.text();
    } finally {
      waiting.delete(id);
    }
  };
  return { ...own, text };
}
