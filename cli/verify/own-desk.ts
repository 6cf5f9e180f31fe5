import { environment, hasDesk } from "../../src/runtime/config.js";
import { type Desk, withDesk } from "../desk.js";
import { note } from "../output.js";
import { startSystem } from "../own-system.js";

/**
 * Runs `work` on the desk that the settings name or that runs in DATA_DIR. Where there is neither it starts one for this
 * run, in a temporary folder and on free ports, and takes it away again: nobody's data is near it.
 */
export async function withDeskToVerify<T>(work: (desk: Desk) => Promise<T>, poolMax?: number): Promise<T> {
  if (hasDesk()) return withDesk(work, poolMax);
  note("no desk runs here: one is started for this run, in a temporary folder");
  const system = await startSystem({}, true);
  try {
    // This process and those that it starts find the desk by its folder, like everybody.
    Object.assign(environment(), system.env);
    return await withDesk(work, poolMax);
  } finally {
    await system.stop();
  }
}
