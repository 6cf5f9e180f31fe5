import { withDeadline } from "../runtime/deadline.js";
import type { Metrics } from "../runtime/metrics.js";
import { remembered } from "../runtime/remembered.js";
import type { Database } from "./database.js";
import { readDeliveryState } from "./queries/read-delivery-state.js";

const deadlineMs = 1000;
const rememberedMs = 1000;

/** Registers what the database tells of what leaves the desk. All workers tell the same: take the largest. */
export function meterDeliveries(metrics: Pick<Metrics, "gauge">, db: Pick<Database, "kysely">): void {
  const state = remembered(rememberedMs, () => readDeliveryState(db.kysely));
  const read = () => withDeadline(state(), deadlineMs, "the deliveries");
  metrics.gauge(
    {
      name: "switchboard_deliveries",
      help: "Deliveries by state: pending, reader (wait on the socket), parked, dead",
      labels: ["state"],
    },
    async (set) => {
      const { pending, reader, parked, dead } = await read();
      for (const [name, value] of Object.entries({ pending, reader, parked, dead })) set({ state: name }, value);
    },
  );
  metrics.gauge(
    {
      name: "switchboard_delivery_overdue_seconds",
      help: "How long the first delivery that could go has been due",
      labels: [],
    },
    async (set) => set({}, (await read()).overdueS),
  );
  metrics.gauge(
    {
      name: "switchboard_webhooks",
      help: "Webhooks by state: enabled, open (failed in a row, tried once in a while), disabled",
      labels: ["state"],
    },
    async (set) => {
      for (const [name, value] of Object.entries((await read()).webhooks)) set({ state: name }, value);
    },
  );
}
