import { sql } from "kysely";
import { readsAreGuarded } from "../../src/db/as-viewer.js";
import type { Database } from "../../src/db/database.js";
import { migrationStatus } from "../../src/db/migrate.js";
import { troubleOf } from "../../src/runtime/trouble.js";
import { sentenceOf } from "../explain-error.js";
import { type Check, fail, ok, warn } from "./check.js";
import { checkConnections, checkLocks, checkRoom, checkSpeed } from "./check-load.js";
import { checkWorkers, type StoppedProcess } from "./check-processes.js";

const oldestPostgres = 140_000;
const clockWarnMs = 500;
/** FINDINGS: dead rows under an older snapshot make fills and bites many times slower. */
const snapshotWarnS = 60;
const lagWarnS = 2;
const lagFailS = 60;
/** The advisory lock that the sequencer's leader holds ("swbd"), as pg_locks shows a 64-bit key. */
const leaderLock = 0x73776264;

/** Everything that is seen from the database. Without it there is one failed check, which says why as far as it tells. */
export async function checkDatabase(db: Database, stopped: readonly StoppedProcess[] = []): Promise<Check[]> {
  let version: Check;
  try {
    version = await checkVersion(db);
  } catch (error) {
    const { says, advice } = troubleOf(error);
    return [fail("database", `it ${says} (${sentenceOf(error)})`, advice)];
  }
  const migrations = await checkMigrations(db);
  const checks = [version, migrations];
  const looks = [checkSpeed, checkConnections, checkRoom, checkLocks, checkClock, checkSnapshots];
  for (const look of looks) {
    checks.push(await looked(() => look(db)));
  }
  if (migrations.state === "fail") return checks;
  checks.push(await looked(() => checkWorkers(db, stopped)));
  for (const look of [checkWall, checkLeader, checkLag]) checks.push(await looked(() => look(db)));
  return checks;
}

/** One look; a database that fails in the middle of it is a finding, not the end of all the others. */
async function looked(look: () => Promise<Check>): Promise<Check> {
  try {
    return await look();
  } catch (error) {
    const { says, advice } = troubleOf(error);
    return fail("database", `it ${says} (${sentenceOf(error)})`, advice);
  }
}

async function checkVersion(db: Database): Promise<Check> {
  const { rows } = await sql<{ number: number; version: string }>`
    SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`.execute(
    db.kysely,
  );
  const { number = 0, version = "?" } = rows[0] ?? {};
  return number >= oldestPostgres
    ? ok("database", `Postgres ${version}`)
    : fail("database", `Postgres ${version}`, "Postgres 14 or newer is needed");
}

async function checkMigrations(db: Database): Promise<Check> {
  const waiting = (await migrationStatus(db)).filter((migration) => !migration.executedAt);
  return waiting.length === 0
    ? ok("migrations", "up to date")
    : fail("migrations", `${waiting.length} wait`, "run switchboard migrate up");
}

/** The difference between this clock and the database's, which is the desk's time. Half the way there and back is off. */
export async function checkClock(db: Database): Promise<Check> {
  const before = Date.now();
  const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(db.kysely);
  const here = (before + Date.now()) / 2;
  const offMs = Math.round(here - (rows[0]?.now.getTime() ?? here));
  const found = `this machine is ${Math.abs(offMs)} ms ${offMs < 0 ? "behind" : "ahead of"} the database`;
  return Math.abs(offMs) > clockWarnMs
    ? warn("clock", found, "set both clocks by NTP: tokens expire by this one, tickets are due by the database's")
    : ok("clock", found);
}

/** Whether somebody still looks at the tables as they were: nothing that is dead since then can be cleared away. */
export async function checkSnapshots(db: Database, warnS = snapshotWarnS): Promise<Check> {
  const { rows } = await sql<{ pid: number; name: string; age_s: number }>`
    SELECT pid, coalesce(nullif(application_name, ''), '?') AS name,
           extract(epoch FROM now() - xact_start)::float8 AS age_s
    FROM pg_stat_activity
    WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database()
    ORDER BY xact_start LIMIT 1`.execute(db.kysely);
  const oldest = rows[0];
  if (!oldest) return ok("oldest snapshot", "none");
  const found = `${Math.round(oldest.age_s)} s, ${oldest.name} (pid ${oldest.pid})`;
  return oldest.age_s > warnS
    ? warn(
        "oldest snapshot",
        found,
        `end it (SELECT pg_terminate_backend(${oldest.pid})): the queue slows down under it`,
      )
    : ok("oldest snapshot", found);
}

async function checkWall(db: Database): Promise<Check> {
  const advice =
    "as a superuser: CREATE ROLE switchboard_reader NOLOGIN; GRANT switchboard_reader TO <the database's user>; " +
    "then switchboard migrate up";
  return (await readsAreGuarded(db))
    ? ok("row security", "what customers read is guarded by a role of its own")
    : warn("row security", "the role switchboard_reader is missing: the policy stands alone", advice);
}

async function checkLeader(db: Database): Promise<Check> {
  const { rows } = await sql<{ pid: number }>`
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND classid = 0 AND objid::bigint = ${leaderLock} AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db.kysely);
  return rows[0]
    ? ok("sequencer", `leads (Postgres pid ${rows[0].pid})`)
    : fail("sequencer", "nobody leads", "see workers: nothing is announced, scored or routed without a leader");
}

async function checkLag(db: Database): Promise<Check> {
  const { rows } = await sql<{ waiting: number; oldest_s: number; unpublished: number }>`
    SELECT count(*)::int AS waiting,
           coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS oldest_s,
           (SELECT last_seq - published_seq FROM sequencer) AS unpublished
    FROM outbox`.execute(db.kysely);
  const { waiting = 0, oldest_s = 0, unpublished = 0 } = rows[0] ?? {};
  const found = `${waiting} wait, the oldest ${oldest_s.toFixed(1)} s; ${unpublished} sequenced but not published`;
  if (oldest_s > lagFailS) return fail("outbox", found, "look at the worker's log: its sequencer does not get on");
  if (oldest_s > lagWarnS) return warn("outbox", found, "start another worker, or see why this one is slow");
  return ok("outbox", found);
}
