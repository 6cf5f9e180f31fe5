import { Command } from "commander";
import { beginEpoch } from "../../src/commands/begin-epoch.js";
import { withDesk } from "../desk.js";
import { operator } from "../operator.js";
import { say, sayJson } from "../output.js";

/** `switchboard restore-done`: the last step of a restore. */
export function restoreDoneCommand(): Command {
  return new Command("restore-done")
    .description("Say that a backup was restored: begins a new epoch, so that every client fetches its state anew.")
    .option("--json", "one line of JSON: epoch")
    .addHelpText("after", "\nExample (the desk may run already):\n  $ switchboard restore-done")
    .action(async (options: { json?: true }) => {
      await withDesk(async ({ db }) => {
        const epoch = await beginEpoch({ db, actor: operator(), requestId: null });
        if (options.json) sayJson({ epoch });
        else say(`epoch ${epoch}; who is connected is told within seconds`);
      });
    });
}
