import { pause } from "../../../src/runtime/deadline.js";
import type { Acts } from "./acts.js";
import type { TicketBoard } from "./ticket-board.js";

export interface LoadOptions {
  acts: Acts;
  board: TicketBoard;
  /** Messages of customers a second. */
  rate: number;
  /** Acts of agents for each of them. */
  actsPerMessage: number;
  /** When it ends, ms of `performance.now()`. */
  until: number;
  signal: AbortSignal;
}

const tickMs = 20;
/** Acts under way at once: while the desk is down the load of so many seconds waits at its door, as clients do. */
const secondsUnderWay = 5;
const leastUnderWay = 200;

/** Paced load until its time is over. Resolves when the last act of it is settled; the acts that it had no room for. */
export async function runLoad(options: LoadOptions): Promise<{ skipped: number }> {
  const { acts, board, rate, actsPerMessage, until, signal } = options;
  const mostUnderWay = Math.max(leastUnderWay, secondsUnderWay * rate);
  const underWay = new Set<Promise<void>>();
  const owed = { messages: 0, acts: 0 };
  let skipped = 0;
  let lastAt = performance.now();
  const start = (act: () => Promise<void>) => {
    if (underWay.size >= mostUnderWay) {
      skipped++;
      return;
    }
    const running = act().finally(() => underWay.delete(running));
    underWay.add(running);
  };
  while (performance.now() < until && !signal.aborted) {
    const now = performance.now();
    const seconds = (now - lastAt) / 1000;
    lastAt = now;
    owed.messages += rate * seconds;
    owed.acts += rate * actsPerMessage * seconds;
    for (; owed.messages >= 1; owed.messages--) start(() => acts.customerWrites());
    for (; owed.acts >= 1; owed.acts--)
      if (board.count("waiting") + board.count("owned") > 0) start(() => acts.agentActs());
    await pause(tickMs, signal);
  }
  await Promise.all(underWay);
  return { skipped };
}
