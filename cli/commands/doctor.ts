import { Command } from "commander";
import { type Database, openDatabase } from "../../src/db/database.js";
import { type Config, ConfigError, dataDirOf, loadConfig } from "../../src/runtime/config.js";
import { type Check, fail } from "../doctor/check.js";
import { checkDatabase } from "../doctor/check-database.js";
import { checkDeliveries } from "../doctor/check-deliveries.js";
import { checkDisk, checkNode } from "../doctor/check-machine.js";
import { checkStopped, stoppedProcesses } from "../doctor/check-processes.js";
import { checkApi, checkQueueAndBus } from "../doctor/check-services.js";
import { changedSettings } from "../doctor/show-settings.js";
import { sentenceOf } from "../explain-error.js";
import { formatTable, say, sayJson } from "../output.js";

async function checkAll(config: Config): Promise<Check[]> {
  const db = openDatabase({ url: config.databaseUrl, name: "switchboard-doctor", poolMax: 3 });
  try {
    const stopped = stoppedProcesses(config.databaseUrl);
    const database = await checkDatabase(db, stopped);
    const processes = checkStopped(stopped);
    const services = [...(await checkQueueAndBus(config, db)), await checkApi(config)];
    // Where the database or its tables are missing, that is told already.
    const hasTables = database.some(({ name, state }) => name === "migrations" && state !== "fail");
    const deliveries = hasTables ? await lookedAtDeliveries(config, db) : [];
    return [...database, ...(processes ? [processes] : []), ...services, ...deliveries];
  } finally {
    await db.close();
  }
}

/** A database that fails meanwhile is a finding of its own. */
async function lookedAtDeliveries(config: Config, db: Database): Promise<Check[]> {
  try {
    return await checkDeliveries(config, db);
  } catch (error) {
    return [fail("deliveries", sentenceOf(error), "see the database's checks")];
  }
}

async function doctor(options: { json?: true }): Promise<void> {
  const checks: Check[] = [checkNode(), await checkDisk(dataDirOf())];
  let settings: Record<string, string> = {};
  try {
    const config = loadConfig();
    settings = changedSettings(config);
    checks.push(...(await checkAll(config)));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    checks.push(...error.problems.map((problem) => fail("settings", problem, "set it, see .env.example")));
  }
  const failed = checks.filter((check) => check.state === "fail").length;
  if (options.json) sayJson({ ok: failed === 0, checks, settings });
  else {
    say(
      formatTable(
        ["", "check", "found", "do"],
        checks.map((c) => [c.state, c.name, c.found, c.advice]),
      ),
    );
    const rows = Object.entries(settings);
    if (rows.length > 0) say(formatTable(["setting", "value"], rows));
  }
  if (failed > 0) process.exitCode = 1;
}

/** `switchboard doctor`: what is wrong, and what to do about it. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("Check versions, database, queue, bus, clock and disk, and say what to do; exit 1 if something fails.")
    .option("--json", "one line of JSON: ok, checks, settings")
    .addHelpText("after", "\nExample:\n  $ switchboard doctor")
    .action(doctor);
}
