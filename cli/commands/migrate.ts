import { Command } from "commander";
import { ensureFirstAdmin } from "../../src/commands/ensure-first-admin.js";
import { migrateUp, migrationStatus } from "../../src/db/migrate.js";
import { type Desk, withDesk } from "../desk.js";
import { formatTable, note, say, sayJson } from "../output.js";

interface Options {
  json?: true;
}

/** ADMIN_EMAIL's admin, when the desk has none yet. */
async function makeFirstAdmin({ config, db }: Desk): Promise<string | null> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = config;
  if (!email || !password) return null;
  const admin = await ensureFirstAdmin({ db }, { email, password });
  return admin.made ? email : null;
}

async function up(options: Options): Promise<void> {
  await withDesk(async (desk) => {
    const results = await migrateUp(desk.config.databaseUrl);
    const admin = await makeFirstAdmin(desk);
    const applied = results.map((result) => result.migrationName);
    if (admin) note(`made the first admin, ${admin}`);
    if (options.json) sayJson({ applied, ...(admin ? { admin } : {}) });
    else say(applied.length === 0 ? "up to date" : `applied ${applied.join(", ")}`);
  });
}

async function status(options: Options): Promise<void> {
  await withDesk(async ({ db }) => {
    const migrations = (await migrationStatus(db)).map(({ name, executedAt }) => ({
      name,
      executed_at: executedAt?.toISOString() ?? null,
    }));
    const waiting = migrations.filter((migration) => migration.executed_at === null).length;
    if (options.json) sayJson({ migrations, waiting });
    else
      say(
        formatTable(
          ["migration", "applied"],
          migrations.map((m) => [m.name, m.executed_at ?? "waits"]),
        ),
      );
    if (waiting > 0) process.exitCode = 1;
  });
}

/** `switchboard migrate`: the database's schema. */
export function migrateCommand(): Command {
  const migrate = new Command("migrate")
    .description("bring the database's schema up to date, or show where it is")
    .addHelpText("after", "\nExample:\n  $ switchboard migrate up");
  migrate
    .command("up")
    .description("Apply what is missing. Several may call it at once. Makes the first admin of ADMIN_EMAIL.")
    .option("--json", "one line of JSON: applied")
    .addHelpText("after", "\nExample:\n  $ switchboard migrate up")
    .action(up);
  migrate
    .command("status")
    .description("Show every migration; exit 1 if one waits.")
    .option("--json", "one line of JSON: migrations, waiting")
    .addHelpText("after", "\nExample:\n  $ switchboard migrate status")
    .action(status);
  return migrate;
}
