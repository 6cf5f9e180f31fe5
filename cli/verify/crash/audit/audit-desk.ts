import type pg from "pg";
import { actRules } from "./act-rules.js";
import { type AuditScope, collect } from "./collect.js";
import { logRules } from "./log-rules.js";
import { messageRules } from "./message-rules.js";
import { ownerRules } from "./owner-rules.js";

/** What a rule came to. */
export interface AuditResult {
  name: string;
  holds: string;
  count: number;
  examples: string[];
}

const rules = [...ownerRules, ...messageRules, ...actRules, ...logRules];

/** Asks every rule of one snapshot of the database: all counts zero, or a promise is broken. */
export async function auditDesk(pool: pg.Pool, scope: AuditScope): Promise<AuditResult[]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL work_mem = '64MB'; SET LOCAL statement_timeout = 0",
    );
    await collect(client, scope);
    const results: AuditResult[] = [];
    for (const rule of rules) {
      const { rows } = await client.query<{ count: number; examples: string[] | null }>(
        `SELECT count(*)::int AS count, (array_agg(x))[1:5] AS examples FROM (${rule.broken}) AS b(x)`,
      );
      results.push({
        name: rule.name,
        holds: rule.holds,
        count: rows[0]?.count ?? -1,
        examples: rows[0]?.examples ?? [],
      });
    }
    await client.query("ROLLBACK");
    return results;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}
