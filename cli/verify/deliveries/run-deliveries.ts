import { pause } from "../../../src/runtime/deadline.js";
import type { Desk } from "../../desk.js";
import { endIfAsked } from "../running-desk.js";
import { systemProcesses } from "../system-processes.js";
import { makeDeliveryGround } from "./ground.js";
import { judge, type Verdict } from "./judge.js";
import { Receiver } from "./receiver.js";
import { type SentWait, untilSent } from "./until-sent.js";

export interface DeliveriesOptions {
  url: string;
  /** Share of the calls that the failing receiver fails. */
  fail: number;
  events: number;
  conversations: number;
  /** Events a second. */
  rate: number;
  /** Workers are killed as well. */
  chaos: boolean;
  /** How long the desk may take to finish after the last event, s. */
  quietWithinS: number;
  below: (limit: number) => number;
  signal: AbortSignal;
  onProgress: (said: number) => void;
}

export interface DeliveriesFigures extends SentWait {
  seconds: number;
  events: number;
  failing: Verdict;
  healthy: Verdict;
  gone: { calls: number; after_410: number; disabled: boolean };
  /** Deliveries of the first two that are not sent, and that are there twice, by SQL. */
  unsent: number;
  twice: number;
  worker_kills: number;
  receiver_kills: number;
}

const goneAfter = 20;
const batch = 20;
const faultEveryMs = 3000;
const receiverDownMs = 1500;

/**
 * Sends events of conversations of its own to three receivers: one that fails and is killed, one that is well, one that
 * says 410. Meanwhile, with chaos, workers of the embedded system are killed. Long waits are cut short at the end, by SQL:
 * what is tried is that nothing is lost or silently out of order, not how long a day is.
 */
export async function runDeliveries(desk: Desk, options: DeliveriesOptions): Promise<DeliveriesFigures> {
  const { below, signal } = options;
  const { pool } = desk.db;
  const failing = new Receiver({ fail: options.fail, below });
  const healthy = new Receiver({ fail: 0, below });
  const gone = new Receiver({ fail: 0, goneAfter, below });
  const receivers = [failing, healthy, gone];
  for (const receiver of receivers) await receiver.start();
  const ground = await makeDeliveryGround(desk, options);
  const done = new AbortController();
  const kills = { worker: 0, receiver: 0 };
  const beganAt = performance.now();
  try {
    const hooks = {
      failing: await ground.subscribe(failing, "failing"),
      healthy: await ground.subscribe(healthy, "healthy"),
      gone: await ground.subscribe(gone, "gone"),
    };
    const faults = makeFaults(desk, options, failing, kills, AbortSignal.any([done.signal, signal]));
    await say(ground.say, options);
    done.abort();
    await faults;
    endIfAsked(signal);
    const judged = [hooks.failing, hooks.healthy];
    const { quietWithinS } = options;
    const waits = { webhookIds: judged, quietWithinS, deadlineMs: desk.config.WEBHOOK_DEADLINE_MS, signal };
    const { hurried, stranded } = await untilSent(pool, waits);
    endIfAsked(signal);
    const streams = ground.conversationIds.map((id) => `conversation:${id}`);
    const { rows: events } = await pool.query<{ seq: number; stream: string }>(
      "SELECT seq::float8 AS seq, stream FROM events WHERE stream = ANY($1::text[]) AND type = 'read' ORDER BY seq",
      [streams],
    );
    const { rows: state } = await pool.query<{ unsent: number; twice: number; disabled: boolean }>(
      `SELECT (SELECT count(*)::int FROM deliveries WHERE webhook_id = ANY($1::bigint[]) AND status <> 'sent') AS unsent,
              (SELECT count(*)::int FROM (SELECT 1 FROM deliveries WHERE webhook_id = ANY($1::bigint[])
                 GROUP BY webhook_id, event_seq HAVING count(*) > 1) d) AS twice,
              (SELECT disabled_at IS NOT NULL FROM webhooks WHERE id = $2) AS disabled`,
      [judged, hooks.gone],
    );
    const own = new Set(streams);
    const ofRun = (receiver: Receiver) => receiver.calls.filter((call) => own.has(call.stream));
    return {
      seconds: Math.round((performance.now() - beganAt) / 1000),
      events: events.length,
      failing: judge(ofRun(failing), events),
      healthy: judge(ofRun(healthy), events),
      gone: {
        calls: gone.calls.length,
        after_410: gone.calls.filter((call) => call.status === 410).length,
        disabled: state[0]?.disabled ?? false,
      },
      ...{ unsent: state[0]?.unsent ?? -1, twice: state[0]?.twice ?? -1, hurried, stranded },
      ...{ worker_kills: kills.worker, receiver_kills: kills.receiver },
    };
  } finally {
    done.abort();
    await ground.remove();
    await Promise.all(receivers.map((receiver) => receiver.kill()));
  }
}

async function say(write: (count: number) => Promise<void>, options: DeliveriesOptions): Promise<void> {
  const { events, rate, signal, onProgress } = options;
  const beganAt = performance.now();
  for (let said = 0; said < events && !signal.aborted; ) {
    const size = Math.min(batch, events - said);
    await write(size);
    said += size;
    onProgress(said);
    const earlyMs = beganAt + (said * 1000) / rate - performance.now();
    if (earlyMs > 0) await pause(earlyMs, signal);
  }
}

/** Kills the receiver, and workers where that was asked for, one after the other. */
async function makeFaults(
  desk: Desk,
  { chaos, below }: DeliveriesOptions,
  receiver: Receiver,
  kills: { worker: number; receiver: number },
  signal: AbortSignal,
): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    await pause(faultEveryMs, signal);
    if (signal.aborted) return;
    const workers = chaos ? systemProcesses(desk.config.dataDir, "worker") : [];
    const pid = workers[below(Math.max(1, workers.length))];
    if (turn % 2 === 0 && pid !== undefined) {
      try {
        process.kill(pid, "SIGKILL");
        kills.worker++;
      } catch {
        // It has gone by itself.
      }
      continue;
    }
    await receiver.kill();
    kills.receiver++;
    await pause(receiverDownMs, signal);
    await receiver.start();
  }
}
