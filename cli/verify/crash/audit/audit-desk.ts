import type pg from "pg";
import type { SaidInTalk } from "../talk.js";
import { actRules } from "./act-rules.js";
import type { AuditRule } from "./audit-rule.js";
import { type AuditScope, collect } from "./collect.js";
import { logRules } from "./log-rules.js";
import { messageRules } from "./message-rules.js";
import { ownerRules } from "./owner-rules.js";
import { collectTalk, talkRules } from "./talk-rules.js";

/** What a rule came to. */
export interface AuditResult {
  name: string;
  holds: string;
  count: number;
  examples: string[];
}

const rules = [...ownerRules, ...messageRules, ...actRules, ...logRules];

/** Asks every rule of one snapshot of the database: all counts zero, or a promise is broken. */
export function auditDesk(pool: pg.Pool, scope: AuditScope): Promise<AuditResult[]> {
  return ask(pool, rules, (client) => collect(client, scope));
}

/** The same of what was said in the run's threads. */
export function auditTalk(
  pool: pg.Pool,
  conversationIds: readonly number[],
  said: readonly SaidInTalk[],
): Promise<AuditResult[]> {
  return ask(pool, talkRules, (client) => collectTalk(client, conversationIds, said));
}

async function ask(
  pool: pg.Pool,
  asked: readonly AuditRule[],
  layOut: (client: pg.PoolClient) => Promise<void>,
): Promise<AuditResult[]> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL work_mem = '64MB'; SET LOCAL statement_timeout = 0",
    );
    await layOut(client);
    const results: AuditResult[] = [];
    for (const { name, holds, broken: query } of asked) {
      const { rows } = await client.query<{ count: number; examples: string[] | null }>(
        `SELECT count(*)::int AS count, (array_agg(x))[1:5] AS examples FROM (${query}) AS b(x)`,
      );
      results.push({ name, holds, count: rows[0]?.count ?? -1, examples: rows[0]?.examples ?? [] });
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
