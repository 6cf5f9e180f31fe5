import { readBacklog } from "../db/queries/read-backlog.js";
import { withDeadline } from "../runtime/deadline.js";
import type { ApiDependencies } from "./dependencies.js";

const deadlineMs = 1000;

/** Figures that are read when somebody looks: what waits, where. */
export function addGauges(deps: Pick<ApiDependencies, "metrics" | "db" | "intake">): void {
  const { metrics, db, intake } = deps;
  metrics.gauge(
    { name: "switchboard_intake_waiting", help: "Messages that wait for a shared transaction", labels: [] },
    (set) => set({}, intake.waiting),
  );
  metrics.gauge(
    { name: "switchboard_database_connections", help: "Connections of this process", labels: ["state"] },
    (set) => {
      set({ state: "open" }, db.pool.totalCount);
      set({ state: "idle" }, db.pool.idleCount);
      set({ state: "waited_for" }, db.pool.waitingCount);
    },
  );
  metrics.gauge(
    { name: "switchboard_backlog", help: "Rows that wait for the next step", labels: ["of"] },
    async (set) => {
      const backlog = await withDeadline(readBacklog(db.kysely), deadlineMs, "the backlog");
      for (const [of, value] of Object.entries(backlog)) set({ of }, value);
    },
  );
}
