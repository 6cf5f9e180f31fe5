import { join } from "node:path";
import { packageRoot } from "../runtime/package-root.js";
import type { Launch } from "./node-process.js";
import { runSystem } from "./run-system.js";
import type { StartOptions } from "./start-options.js";
import { firstAdmin, type SystemPlan } from "./system-environment.js";

const built = (path: string) => join(packageRoot, "dist", path);

/**
 * Demo data, where the Postgres is ours or messages are asked for; else the first admin, where there is one (`migrate up` makes it). Somebody's own
 * database gets no demo data unasked.
 */
function preparations(plan: SystemPlan, options: StartOptions): Launch[] {
  const script = built("cli/main.js");
  if (options.messages !== null) {
    return [{ name: "demo data", script, args: ["seed", "--demo", "--messages", String(options.messages)] }];
  }
  if (options.demo && plan.embedded) return [{ name: "demo data", script, args: ["seed", "--demo"] }];
  return firstAdmin(plan) ? [{ name: "first admin", script, args: ["migrate", "up"] }] : [];
}

await runSystem(process.argv.slice(2), {
  preparations,
  processes: [
    { name: "worker", script: built("workers/main.js") },
    { name: "relay", script: built("src/realtime/main.js") },
    { name: "api", script: built("src/api/main.js") },
  ],
});
