import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { appendEvents } from "../db/outbox.js";
import { theDesk } from "../domain/audit.js";
import type { AfterAttempt, AttemptOutcome } from "../domain/delivery-rules.js";
import { circuitOpenMs, circuitOpensAfter } from "../domain/delivery-rules.js";
import { recordAudit } from "./audit.js";
import { type StageContext, transact } from "./context.js";
import { messageUpdate } from "./ticket-events.js";

/** An attempt that was made, with what follows from it. */
export interface AttemptResult {
  deliveryId: number;
  attempt: number;
  webhookId: number | null;
  ticketId: number | null;
  conversationId: number | null;
  requestId: string | null;
  /** It went after one that was said later, or before one that was said earlier, and said so. */
  outOfOrder: boolean;
  outcome: AttemptOutcome;
  after: AfterAttempt;
  durationMs: number;
  request: Record<string, unknown>;
  answer: Record<string, unknown> | null;
  /** Nothing was called: what was to be sent is not there any more. Says nothing about the webhook. */
  uncalled?: true;
  /** It was the one trial of a webhook whose circuit was open. */
  probe?: true;
  gone?: true;
  bounce?: { address: string; code: number; answer: string };
  mailId?: string;
}

/** Attempts of a delivery that are kept, the latest. */
export const attemptsKept = 10;

/**
 * Records what attempts came to, in one transaction: the deliveries, each attempt, the webhooks' circuits, mails, bounces,
 * and what the agents are told of replies. A delivery that was settled, or taken by another worker meanwhile, stays as it
 * is. Locks webhooks, then tickets, then deliveries, each in order of ids. Returns how many deliveries were recorded.
 */
export async function recordAttempts(
  ctx: Pick<StageContext, "db" | "wake">,
  results: readonly AttemptResult[],
  random: () => number = Math.random,
): Promise<number> {
  if (results.length === 0) return 0;
  return transact(ctx, async (tx) => {
    await moveCircuits(tx, results, random);
    const ticketIds = results.flatMap((result) => (result.after.status === "pending" ? [] : (result.ticketId ?? [])));
    const tickets = ticketIds.length === 0 ? [] : await lockTickets(tx, ticketIds);
    const recorded = new Set(await settle(tx, results));
    await forgetAttempts(tx, results);
    for (const result of results) if (recorded.has(result.deliveryId)) await keepMail(tx, result);
    const events = results.flatMap(({ deliveryId, ticketId, after, requestId, outOfOrder }) => {
      const ticket = tickets.find((each) => each.id === ticketId);
      if (!ticket || after.status === "pending" || !recorded.has(deliveryId)) return [];
      if (after.status !== "sent") return [{ ...messageUpdate(ticket, "delivery_failed"), requestId }];
      return [{ ...messageUpdate(ticket, "delivered", outOfOrder ? { out_of_order: true } : {}), requestId }];
    });
    await appendEvents(tx, events, null);
    return recorded.size;
  });
}

function lockTickets(tx: Tx, ids: readonly number[]) {
  return tx
    .selectFrom("tickets")
    .select(["id", "conversation_id as conversationId", "status", "queue", "assignee_id as assigneeId", "version"])
    .where("id", "in", [...ids])
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
}

/**
 * Writes where the deliveries stand, and keeps each attempt, of an erased conversation without what was said, in one
 * statement; the ids of those whose attempt this still was.
 */
async function settle(tx: Tx, results: readonly AttemptResult[]): Promise<number[]> {
  const given = results.map(({ deliveryId, attempt, durationMs, outcome, after, request, answer }) => ({
    id: deliveryId,
    attempt,
    duration_ms: Math.round(durationMs),
    outcome: outcome.kind,
    status: after.status,
    in_ms: after.status === "pending" ? after.inMs : null,
    parked: after.status === "pending" && after.parked,
    error: outcome.kind === "sent" ? null : outcome.error.slice(0, 1000),
    request,
    answer,
  }));
  const { rows } = await sql<{ id: number }>`
    /* settle-deliveries */
    WITH given AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
        AS t(id bigint, attempt integer, duration_ms integer, outcome text, status text, in_ms float8, parked boolean,
             error text, request jsonb, answer jsonb)
    ), there AS MATERIALIZED (
      SELECT d.id, d.status, d.attempts, coalesce((
        SELECT c.erased_at IS NOT NULL FROM conversations c WHERE c.id = d.conversation_id), false) AS erased
      FROM deliveries d
      WHERE d.id = ANY(ARRAY(SELECT id FROM given)) ORDER BY d.id FOR UPDATE
    ), kept AS (
      INSERT INTO delivery_attempts (delivery_id, attempt, duration_ms, outcome, error, request, answer)
      SELECT g.id, g.attempt, g.duration_ms, g.outcome, g.error, CASE WHEN NOT erased THEN g.request END,
             CASE WHEN NOT erased THEN g.answer END
      FROM given g JOIN there USING (id)
      ON CONFLICT DO NOTHING
    )
    UPDATE deliveries d SET status = g.status, last_error = g.error,
      sent_at = CASE WHEN g.status = 'sent' THEN now() END,
      parked_at = CASE WHEN g.parked THEN coalesce(d.parked_at, now()) ELSE d.parked_at END,
      next_attempt_at = CASE WHEN g.status = 'pending' THEN now() + g.in_ms * interval '1 ms' ELSE d.next_attempt_at END
    FROM given g JOIN there USING (id)
    WHERE d.id = g.id AND there.status = 'pending' AND there.attempts = g.attempt
    RETURNING d.id`.execute(tx);
  return rows.map((row) => row.id);
}

/** Of each delivery the latest attempts are enough. */
async function forgetAttempts(tx: Tx, results: readonly AttemptResult[]): Promise<void> {
  const old = results.filter((result) => result.attempt > attemptsKept);
  if (old.length === 0) return;
  await sql`
    DELETE FROM delivery_attempts a USING deliveries d
    WHERE d.id = ANY(${old.map((result) => result.deliveryId)}::bigint[]) AND a.delivery_id = d.id
      AND a.attempt <= d.attempts - ${attemptsKept}`.execute(tx);
}

async function keepMail(tx: Tx, { deliveryId, conversationId, bounce, mailId }: AttemptResult): Promise<void> {
  if (mailId && conversationId !== null) {
    await sql`
      INSERT INTO email_messages (message_id, conversation_id, delivery_id)
      VALUES (${mailId}, ${conversationId}, ${deliveryId}) ON CONFLICT DO NOTHING`.execute(tx);
  }
  if (bounce) {
    await sql`
      INSERT INTO email_bounces (address, code, answer) VALUES (lower(${bounce.address}), ${bounce.code}, ${bounce.answer})
      ON CONFLICT (address) DO UPDATE
        SET code = excluded.code, answer = excluded.answer, bounced_at = now()`.execute(tx);
  }
}

interface Circuit {
  id: number;
  failures: number;
  opens: number;
  open: boolean;
  disabled: boolean;
}

/**
 * Counts failures in a row; one that works closes the circuit, five that do not open it, and a trial that does not keeps
 * it open for longer. It stands in the database because it must hold for every worker: what is claimed is decided there.
 * A refusal (an address that is not called) counts as a failure too; what was never called does not.
 */
async function moveCircuits(tx: Tx, results: readonly AttemptResult[], random: () => number): Promise<void> {
  const called = results.filter((result) => result.webhookId !== null && !result.uncalled);
  const ids = [...new Set(called.flatMap((result) => result.webhookId ?? []))];
  if (ids.length === 0) return;
  if (called.every((result) => result.outcome.kind === "sent") && (await allSteady(tx, ids))) return;
  const { rows } = await sql<Circuit>`
    SELECT id, failures, circuit_opens AS opens, circuit_open_until IS NOT NULL AS open, disabled_at IS NOT NULL AS disabled
    FROM webhooks WHERE id = ANY(${ids}::bigint[]) ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  for (const row of rows) {
    const theirs = called.filter((result) => result.webhookId === row.id);
    await moveCircuit(tx, row, theirs, random());
    if (!row.disabled && theirs.some((result) => result.gone)) await disableGone(tx, row.id);
  }
}

/** Whether all of these work, and were noted as working lately: then another success is no news. */
async function allSteady(tx: Tx, ids: readonly number[]): Promise<boolean> {
  const { rows } = await sql`
    /* steady-webhooks */
    SELECT FROM webhooks WHERE id = ANY(${[...ids]}::bigint[]) AND failures = 0 AND circuit_opens = 0
      AND circuit_open_until IS NULL AND last_sent_at > now() - interval '5 s'`.execute(tx);
  return rows.length === ids.length;
}

async function moveCircuit(tx: Tx, row: Circuit, theirs: readonly AttemptResult[], random: number): Promise<void> {
  const lastSent = theirs.findLastIndex((result) => result.outcome.kind === "sent");
  const failed = theirs.slice(lastSent + 1).length;
  const failures = lastSent === -1 ? row.failures + failed : failed;
  const opens = lastSent === -1 ? row.opens : 0;
  const isOpen = row.open && lastSent === -1;
  // What was under way when it opened says nothing new; the trial does.
  const breaks = isOpen ? theirs.some((result) => result.probe) : failures >= circuitOpensAfter;
  const openMs = breaks ? circuitOpenMs(opens + 1, random) : null;
  await sql`
    UPDATE webhooks SET failures = ${failures}, circuit_opens = ${breaks ? opens + 1 : opens},
      circuit_open_until = CASE WHEN ${isOpen && !breaks}::boolean THEN circuit_open_until
                                ELSE now() + ${openMs}::float8 * interval '1 ms' END,
      last_sent_at = CASE WHEN ${lastSent >= 0}::boolean THEN now() ELSE last_sent_at END,
      last_failed_at = CASE WHEN ${theirs.some((result) => result.outcome.kind !== "sent")}::boolean
                            THEN now() ELSE last_failed_at END
    WHERE id = ${row.id}`.execute(tx);
}

async function disableGone(tx: Tx, webhookId: number): Promise<void> {
  const reason = "It answered 410: gone.";
  await sql`
    UPDATE webhooks SET disabled_at = now(), disabled_reason = ${reason}, updated_at = now()
    WHERE id = ${webhookId} AND disabled_at IS NULL`.execute(tx);
  await recordAudit(
    tx,
    { actor: theDesk, requestId: null },
    { action: "webhook.disable", subject: { kind: "webhook", id: webhookId }, after: { reason } },
  );
}
