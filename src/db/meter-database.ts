import { withDeadline } from "../runtime/deadline.js";
import type { Metrics } from "../runtime/metrics.js";
import { remembered } from "../runtime/remembered.js";
import type { Database } from "./database.js";
import { readBacklog } from "./queries/read-backlog.js";
import { type DeskLag, readDeskLag } from "./queries/read-desk-lag.js";

const deadlineMs = 1000;
const rememberedMs = 1000;

/** Registers what a process holds of the database: the connections of each of its pools. */
export function meterPools(metrics: Pick<Metrics, "gauge">, pools: Record<string, Pick<Database, "pool">>): void {
  metrics.gauge(
    {
      name: "switchboard_database_connections",
      help: "Connections of a pool: open, idle of these, and callers that wait for one",
      labels: ["pool", "state"],
    },
    (set) => {
      for (const [name, { pool }] of Object.entries(pools)) {
        set({ pool: name, state: "open" }, pool.totalCount);
        set({ pool: name, state: "idle" }, pool.idleCount);
        set({ pool: name, state: "waited_for" }, pool.waitingCount);
      }
    },
  );
}

/**
 * Registers what the database tells of the whole desk. Every process that does so tells the same: take the largest, never
 * the sum.
 */
export function meterDesk(metrics: Pick<Metrics, "gauge">, db: Pick<Database, "kysely">): void {
  metrics.gauge(
    { name: "switchboard_backlog", help: "Rows of the whole desk that wait for the next step", labels: ["of"] },
    async (set) => {
      const backlog = await withDeadline(readBacklog(db.kysely), deadlineMs, "the backlog");
      for (const [of, value] of Object.entries(backlog)) set({ of }, value);
    },
  );
  const lag = remembered(rememberedMs, () => readDeskLag(db.kysely));
  const age = (name: string, help: string, pick: (lag: DeskLag) => number) =>
    metrics.gauge({ name, help, labels: [] }, async (set) => {
      set({}, pick(await withDeadline(lag(), deadlineMs, "the desk's lag")));
    });
  age("switchboard_outbox_oldest_seconds", "Age of the oldest event without a place in the log", (now) => now.outboxS);
  age("switchboard_heartbeat_age_seconds", "Time since a sequencer's leader last said that it leads", (now) => {
    return now.heartbeatS;
  });
  age(
    "switchboard_overdue_seconds",
    "How long the first ticket in the queue is past its due time",
    (now) => now.overdueS,
  );
}
