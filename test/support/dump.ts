import type { Database } from "../../src/db/database.js";

/** Every row of every table of the database as text, all columns, by table. */
export async function dumpTables(db: Database): Promise<Map<string, string[]>> {
  const { rows: tables } = await db.pool.query<{ name: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'
    ORDER BY 1`);
  const dump = new Map<string, string[]>();
  for (const { name } of tables) {
    const { rows } = await db.pool.query<{ line: string }>(`SELECT t::text AS line FROM ${name} t`);
    dump.set(
      name,
      rows.map((row) => row.line),
    );
  }
  return dump;
}

/** Where these strings are found, whatever their case: `table: string`. */
export async function findInTables(db: Database, wanted: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const [table, lines] of await dumpTables(db)) {
    const text = lines.join("\n").toLowerCase();
    found.push(...wanted.filter((one) => text.includes(one.toLowerCase())).map((one) => `${table}: ${one}`));
  }
  return found;
}

/** The streams whose positions are not 1, 2, 3 … in the log (I4). */
export async function brokenStreams(db: Database): Promise<string[]> {
  const { rows } = await db.pool.query<{ stream: string }>(`
    SELECT s.stream FROM streams s LEFT JOIN events e ON e.stream = s.stream
    GROUP BY s.stream, s.last_pos
    HAVING count(e.pos) <> s.last_pos OR min(e.pos) <> 1 OR max(e.pos) <> s.last_pos OR count(DISTINCT e.pos) <> count(e.pos)`);
  return rows.map((row) => row.stream);
}
