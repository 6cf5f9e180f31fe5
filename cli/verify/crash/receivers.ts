import type pg from "pg";
import { pause } from "../../../src/runtime/deadline.js";
import type { Desk } from "../../desk.js";
import { HttpClient } from "../../http-client.js";
import { judge, type Verdict } from "../deliveries/judge.js";
import { Receiver } from "../deliveries/receiver.js";
import { type SentWait, untilSent } from "../deliveries/until-sent.js";
import type { AuditResult } from "./audit/audit-desk.js";
import type { CrashGround } from "./ground.js";

/** What the receivers of a run were sent. */
export interface ReceiverFigures extends SentWait {
  replies: Verdict;
  events: Verdict;
  gone: { calls: number; disabled: boolean };
  hanging: { calls: number };
  kills: number;
}

const failShare = 0.3;
const goneAfter = 20;
const killEveryMs = 5000;
const downMs = 1500;

/**
 * Where the run's replies and words go (I5): replies of its channel to one that fails three calls in ten, hangs at times and
 * is killed; what is said to one that is well, to one that says 410, and to one that never answers. What they wrote down
 * is judged by the messages that are stored and by the log.
 */
export class CrashReceivers {
  readonly #pool: pg.Pool;
  readonly #ground: CrashGround;
  readonly #deadlineMs: number;
  readonly #receivers: Record<"replies" | "events" | "gone" | "hanging", Receiver>;
  readonly #hooks = { replies: 0, events: 0, gone: 0, hanging: 0 };
  #kills = 0;
  #sentWait: SentWait = { hurried: 0, stranded: 0 };

  private constructor(desk: Desk, ground: CrashGround, below: (limit: number) => number) {
    this.#pool = desk.db.pool;
    this.#ground = ground;
    this.#deadlineMs = desk.config.WEBHOOK_DEADLINE_MS;
    this.#receivers = {
      replies: new Receiver({ fail: failShare, below }),
      events: new Receiver({ fail: 0, below }),
      gone: new Receiver({ fail: 0, goneAfter, below }),
      hanging: new Receiver({ fail: 0, hangs: true, below }),
    };
  }

  /** null: the desk does not call this machine (OUTBOUND_ALLOW). */
  static async open(
    desk: Desk,
    ground: CrashGround,
    options: { url: string; below: (limit: number) => number },
  ): Promise<CrashReceivers | null> {
    const made = new CrashReceivers(desk, ground, options.below);
    const http = new HttpClient(options.url, 1);
    try {
      for (const name of ["replies", "events", "gone", "hanging"] as const) {
        const receiver = made.#receivers[name];
        await receiver.start();
        const asked = name === "replies" ? { reply_channels: [ground.run] } : { events: ["message:new"] };
        const body = { name: `${ground.run} ${name}`, url: receiver.url, ...asked };
        const answer = await http.call({ method: "POST", path: "/api/webhooks/", token: ground.admin.token, body });
        if (answer.status === 400) {
          await made.close();
          return null;
        }
        if (answer.status !== 201) throw new Error(`POST /api/webhooks/ answered ${answer.status}`);
        receiver.secret = String(answer.body.secret);
        made.#hooks[name] = Number(answer.body.id);
      }
      return made;
    } catch (error) {
      await made.close();
      throw error;
    } finally {
      http.close();
    }
  }

  /** Kills the one that takes replies, again and again, until the signal; then it is there. */
  async dieNowAndThen(signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(killEveryMs, signal);
      if (signal.aborted) return;
      await this.#receivers.replies.kill();
      this.#kills++;
      await pause(downMs, signal);
      await this.#receivers.replies.start();
    }
  }

  /** Until what is judged has gone; long waits are cut short. */
  async untilSent(quietWithinS: number, signal: AbortSignal): Promise<void> {
    const webhookIds = [this.#hooks.replies, this.#hooks.events];
    const deadlineMs = this.#deadlineMs;
    this.#sentWait = await untilSent(this.#pool, { webhookIds, quietWithinS, deadlineMs, signal });
  }

  /** What they wrote down, beside what is stored; in the words of the audit. */
  async audit(): Promise<{ figures: ReceiverFigures; results: AuditResult[] }> {
    const customerIds = this.#ground.customers.map((customer) => customer.id);
    const read = async (sql: string) =>
      (await this.#pool.query<{ seq: number; stream: string }>(sql, [customerIds])).rows;
    const said = await read(
      `SELECT m.id::float8 AS seq, 'reply:' || m.conversation_id AS stream
       FROM messages m JOIN tickets t ON t.conversation_id = m.conversation_id
       WHERE t.customer_id = ANY($1::bigint[]) AND m.kind = 'text' AND m.sender_id <> t.customer_id ORDER BY m.id`,
    );
    const logged = await read(
      `SELECT e.seq::float8 AS seq, e.stream FROM events e JOIN tickets t ON e.stream = 'conversation:' || t.conversation_id
       WHERE t.customer_id = ANY($1::bigint[]) AND e.type = 'message:new'
         AND e.payload #>> '{message,type}' <> 'note' ORDER BY e.seq`,
    );
    const { rows: gone } = await this.#pool.query<{ disabled: boolean }>(
      "SELECT disabled_at IS NOT NULL AS disabled FROM webhooks WHERE id = $1",
      [this.#hooks.gone],
    );
    const own = new Set(logged.map(({ stream }) => stream));
    const { replies, events, gone: goneReceiver, hanging } = this.#receivers;
    const figures: ReceiverFigures = {
      replies: judge(replies.calls, said),
      // Others may speak on this desk as well.
      events: judge(
        events.calls.filter(({ stream }) => own.has(stream)),
        logged,
      ),
      gone: { calls: goneReceiver.calls.length, disabled: gone[0]?.disabled ?? false },
      hanging: { calls: hanging.calls.length },
      ...{ kills: this.#kills, ...this.#sentWait },
    };
    return { figures, results: resultsOf(figures) };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#receivers).map((receiver) => receiver.kill()));
  }
}

const faults = {
  missing: "replies and words that their receivers never took",
  otherIds: "deliveries under several ids, or ids of several",
  orderUnsaid: "deliveries out of order that do not say so",
  unsigned: "deliveries with a wrong signature",
  strange: "deliveries of what nobody said",
} as const;

function resultsOf({ replies, events, gone, stranded }: ReceiverFigures): AuditResult[] {
  const examples = [...replies.examples, ...events.examples];
  const results = Object.entries(faults).map(([field, name]) => {
    const count = replies[field as keyof typeof faults] + events[field as keyof typeof faults];
    return { name, holds: "I5", count, examples: count === 0 ? [] : examples.slice(0, 5) };
  });
  const told = gone.calls > goneAfter && !gone.disabled;
  return [
    ...results,
    { name: "deliveries that waited behind nothing", holds: "I5", count: stranded, examples: [] },
    { name: "webhooks that said 410 and are called on", holds: "I5", count: told ? 1 : 0, examples: [] },
  ];
}
