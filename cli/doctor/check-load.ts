import { sql } from "kysely";
import type { Database } from "../../src/db/database.js";
import { tryWrite } from "../../src/db/try-write.js";
import { troubleOf } from "../../src/runtime/trouble.js";
import { type Check, fail, ok, warn } from "./check.js";

/** A command is a few round trips: at that each, every answer is felt. */
const slowMs = 50;
const trials = 5;
/** Share of max_connections from which on a burst, or one more process, may be refused. */
const crowded = 0.85;
const lockWarnS = 5;

/** Whether the database has room to write; reading goes on without. */
export async function checkRoom(db: Database): Promise<Check> {
  try {
    await tryWrite(db);
    return ok("room to write", "there is some on the database's disk");
  } catch (error) {
    const { says, advice } = troubleOf(error);
    return fail("room to write", `the database ${says}`, advice);
  }
}

/** How long the way to the database and back is: the middle of a few. */
export async function checkSpeed(db: Database, now: () => number = () => performance.now()): Promise<Check> {
  const times: number[] = [];
  await sql`SELECT 1`.execute(db.kysely);
  for (let trial = 0; trial < trials; trial++) {
    const startedAt = now();
    await sql`SELECT 1`.execute(db.kysely);
    times.push(now() - startedAt);
  }
  const middle = times.sort((left, right) => left - right)[Math.floor(trials / 2)] ?? 0;
  const found = `${middle < 10 ? middle.toFixed(1) : Math.round(middle)} ms there and back`;
  return middle > slowMs
    ? warn("way to the database", found, "each command takes several of these: move it nearer, or see what slows it")
    : ok("way to the database", found);
}

/** Connections that are taken, of those that there are. */
export async function checkConnections(db: Database): Promise<Check> {
  const { rows } = await sql<{ used: number; most: number; top: string | null }>`
    SELECT (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
           (SELECT coalesce(nullif(application_name, ''), '?') || ' ' || count(*) FROM pg_stat_activity
            WHERE backend_type = 'client backend' GROUP BY application_name ORDER BY count(*) DESC LIMIT 1) AS top`.execute(
    db.kysely,
  );
  const { used = 0, most = 0, top = "" } = rows[0] ?? {};
  const found = `${used} of ${most} are taken, most by ${top}`;
  return used > crowded * most
    ? warn("connections", found, "raise max_connections, or run fewer processes with a smaller DATABASE_POOL_MAX")
    : ok("connections", found);
}

/** Who waits for whom: a held lock is what makes statements run into their time limit. */
export async function checkLocks(db: Database): Promise<Check> {
  const { rows } = await sql<{ waiting: number; longest_s: number; pid: number; name: string; what: string | null }>`
    WITH waiting AS (
      SELECT pid, query_start, pg_blocking_pids(pid) AS by FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND datname = current_database() AND pid <> pg_backend_pid())
    SELECT (SELECT count(*)::int FROM waiting) AS waiting,
           extract(epoch FROM clock_timestamp() - first.query_start)::float8 AS longest_s,
           holder.pid, coalesce(nullif(holder.application_name, ''), '?') AS name,
           (SELECT string_agg(DISTINCT relation::regclass::text, ', ') FROM pg_locks
            WHERE pid = first.pid AND NOT granted AND relation IS NOT NULL) AS what
    FROM (SELECT * FROM waiting ORDER BY query_start LIMIT 1) first
    LEFT JOIN pg_stat_activity holder ON holder.pid = first.by[1]`.execute(db.kysely);
  const first = rows[0];
  if (!first) return ok("locks", "nobody waits for one");
  const of = first.what ? ` of ${first.what}` : "";
  const found = `${first.waiting} wait, the longest ${first.longest_s.toFixed(1)} s, for ${first.name} (pid ${first.pid})${of}`;
  return first.longest_s > lockWarnS
    ? warn("locks", found, `end it (SELECT pg_terminate_backend(${first.pid})): statements run into their time limit`)
    : ok("locks", found);
}
