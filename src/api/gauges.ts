import { meterGates } from "../commands/meter-gates.js";
import { passwordGate } from "../commands/password-gate.js";
import type { Database } from "../db/database.js";
import { meterDesk, meterPools } from "../db/meter-database.js";
import { meterParts } from "../runtime/meter-parts.js";
import type { ApiDependencies } from "./dependencies.js";
import { lookAtParts } from "./parts.js";

/** Figures that are read when somebody looks: what waits, where. */
export function addGauges(
  deps: Pick<
    ApiDependencies,
    "metrics" | "db" | "intake" | "fillGate" | "bus" | "pingQueue" | "tryStoring" | "logger"
  > & { intakeDb: Pick<Database, "pool"> },
): void {
  const { metrics, db, intakeDb, intake, fillGate } = deps;
  metrics.gauge(
    { name: "switchboard_intake_waiting", help: "Messages that wait for a shared transaction", labels: [] },
    (set) => set({}, intake.waiting),
  );
  meterPools(metrics, { main: db, intake: intakeDb });
  meterDesk(metrics, db);
  meterGates(metrics, { fill: fillGate, password: passwordGate });
  meterParts(metrics, () => lookAtParts(deps));
}
