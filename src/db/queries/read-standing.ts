import { sql } from "kysely";
import type { Executor } from "../database.js";
import type { UserState } from "./read-users.js";

/** What decides whether a token of the user still stands, and as whom it acts. */
export interface Standing extends UserState {
  /** Its sessions that are open. */
  sessions: string[];
}

const standing = sql`
  SELECT u.id, u.role, u.name, u.token_version AS "tokenVersion", u.disabled_at IS NOT NULL AS disabled,
         c.user_id AS "userId",
         ARRAY(SELECT s.family_id::text FROM refresh_tokens s WHERE s.user_id = u.id AND s.expires_at > now()) AS sessions
  FROM users u LEFT JOIN customers c ON c.id = u.id`;

/** The standings of these users, as they are now; who is not there is missing. */
export async function readStandings(db: Executor, ids: readonly number[]): Promise<Standing[]> {
  const { rows } =
    await sql<Standing>`/* read-standings */ ${standing} WHERE u.id = ANY(${[...ids]}::bigint[])`.execute(db);
  return rows;
}

/**
 * One user's standing, or null when there is none of that id. A statement of its own: for a list, Postgres plans anew each
 * time, however it is prepared, because it cannot know how long it is; and this is asked with every call (measured).
 */
export async function readStanding(db: Executor, id: number): Promise<Standing | null> {
  const { rows } = await sql<Standing>`/* read-standing */ ${standing} WHERE u.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** What a token says of itself, to be held against its user's standing. */
export interface TokenMarks {
  /** The token version that it was signed with; null: its issuer knows none. */
  version: number | null;
  /** The session that it ends with; null: it belongs to none. */
  session: string | null;
}

/** Whether a token stands by what is known of its user. */
export function stands(marks: TokenMarks, standing: Standing): boolean {
  if (standing.disabled) return false;
  if (marks.version !== null && marks.version !== standing.tokenVersion) return false;
  return marks.session === null || standing.sessions.includes(marks.session);
}
