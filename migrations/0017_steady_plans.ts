import { type Kysely, sql } from "kysely";

/**
 * `count_unread` was planned anew for each message, which cost as much as its work (measured: 0.5 ms each): one index
 * lookup, whoever writes. Locks: none that anybody waits for.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("ALTER FUNCTION count_unread() SET plan_cache_mode = 'force_generic_plan'").execute(db);
}
