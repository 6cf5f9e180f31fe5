import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { Tx } from "../db/database.js";
import { lockWebhook, type WebhookRow } from "../db/queries/read-webhooks.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { webhooksMax } from "../domain/webhook-events.js";
import type { SecretBox } from "../runtime/secret-box.js";
import { recordAudit } from "./audit.js";
import { type CommandContext, transact } from "./context.js";

/** What is said of a webhook; what is left out stays, or is empty. */
export interface WebhookInput {
  url?: string | undefined;
  name?: string | undefined;
  events?: readonly string[] | undefined;
  queues?: readonly string[] | undefined;
  reasons?: readonly string[] | undefined;
  replyChannels?: readonly string[] | undefined;
  enabled?: boolean | undefined;
}

const secretBytes = 32;
/** Keeps two that make the hundredth apart. */
const countLock = 7_205_317;

/** A secret as Standard Webhooks writes it. */
function newSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString("base64")}`;
}

const noWebhook = () => new Refusal("webhook_not_found", "There is no such webhook.");
const lastSeq = sql<number>`(SELECT last_seq FROM sequencer)`;
const unique = (names: readonly string[] | undefined) => [...new Set(names ?? [])];

/** The address as the audit log keeps it: what stands in a query may be a key. */
function shownUrl(url: string): string {
  return url.replace(/\?.*$/s, "?redacted");
}

/**
 * Makes a webhook. It is sent the events from now on. Its secret is in this answer only; sealed it stays in the database.
 * For admins. Throws `too_many_webhooks`.
 */
export async function createWebhook(
  ctx: CommandContext,
  box: SecretBox,
  input: WebhookInput & { url: string },
): Promise<{ id: number; secret: string }> {
  requirePermission(ctx.actor, "webhook.write");
  const secret = newSecret();
  return transact(ctx, async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(${countLock})`.execute(tx);
    const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM webhooks`.execute(tx);
    if ((rows[0]?.count ?? 0) >= webhooksMax) {
      throw new Refusal("too_many_webhooks", `There are ${webhooksMax} webhooks, as many as a desk may have.`);
    }
    const disabled = input.enabled === false;
    const row = await tx
      .insertInto("webhooks")
      .values({
        url: input.url,
        name: input.name ?? "",
        secret: box.seal(secret),
        events: unique(input.events),
        queues: unique(input.queues),
        reasons: unique(input.reasons),
        reply_channels: unique(input.replyChannels),
        cursor_seq: lastSeq,
        created_by: ctx.actor.id,
        ...(disabled ? { disabled_at: sql<Date>`now()`, disabled_reason: byAdmin } : {}),
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    const after = {
      url: shownUrl(input.url),
      name: input.name ?? "",
      events: unique(input.events),
      enabled: !disabled,
    };
    await recordAudit(tx, ctx, { action: "webhook.create", subject: { kind: "webhook", id: row.id }, after });
    return { id: row.id, secret };
  });
}

const byAdmin = "An admin disabled it.";

/**
 * Changes a webhook. Enabled again it begins anew: its circuit is closed, and it is sent the events from now on (those
 * that it missed by `replay`); so it does when it is given its first events. For admins. Throws `webhook_not_found`.
 */
export async function updateWebhook(ctx: CommandContext, input: WebhookInput & { id: number }): Promise<void> {
  requirePermission(ctx.actor, "webhook.write");
  await transact(ctx, async (tx) => {
    const row = await lockWebhook(tx, input.id);
    if (!row) throw noWebhook();
    const enables = input.enabled === true && row.disabledReason !== null;
    const disables = input.enabled === false && row.disabledReason === null;
    const events = input.events ? unique(input.events) : row.events;
    const begins = enables || (row.events.length === 0 && events.length > 0);
    const moved = input.url !== undefined && input.url !== row.url;
    await sql`
      UPDATE webhooks SET url = ${input.url ?? row.url}, name = ${input.name ?? row.name}, events = ${events}::text[],
        queues = ${input.queues ? unique(input.queues) : row.queues}::text[],
        reasons = ${input.reasons ? unique(input.reasons) : row.reasons}::text[],
        reply_channels = ${input.replyChannels ? unique(input.replyChannels) : row.replyChannels}::text[],
        cursor_seq = CASE WHEN ${begins}::boolean THEN ${lastSeq} ELSE cursor_seq END, updated_at = now()
      WHERE id = ${row.id}`.execute(tx);
    if (enables || moved) {
      await sql`
        UPDATE webhooks SET failures = 0, circuit_opens = 0, circuit_open_until = NULL WHERE id = ${row.id}`.execute(
        tx,
      );
    }
    if (enables) {
      await sql`UPDATE webhooks SET disabled_at = NULL, disabled_reason = NULL WHERE id = ${row.id}`.execute(tx);
    }
    if (disables) {
      await sql`UPDATE webhooks SET disabled_at = now(), disabled_reason = ${byAdmin} WHERE id = ${row.id}`.execute(tx);
    }
    await recordAudit(tx, ctx, {
      action: "webhook.update",
      subject: { kind: "webhook", id: row.id },
      ...changed(row, input),
    });
  });
}

/** What was given, before and after. */
function changed(
  row: WebhookRow,
  input: WebhookInput,
): { before: Record<string, unknown>; after: Record<string, unknown> } {
  const was: WebhookInput = { ...row, enabled: row.disabledReason === null };
  const given = (from: WebhookInput) =>
    Object.fromEntries(
      (["url", "name", "events", "queues", "reasons", "replyChannels", "enabled"] as const)
        .filter((name) => input[name] !== undefined)
        .map((name) => [name, name === "url" ? shownUrl(from.url ?? "") : from[name]]),
    );
  return { before: given(was), after: given(input) };
}

/**
 * Removes a webhook with all that was to be sent or was sent to it. Replies that went that way find another one: those
 * that are under way are routed anew. For admins. Throws `webhook_not_found`.
 */
export async function deleteWebhook(ctx: CommandContext, input: { id: number }): Promise<void> {
  requirePermission(ctx.actor, "webhook.write");
  await transact(ctx, async (tx) => {
    const row = await lockWebhook(tx, input.id);
    if (!row) throw noWebhook();
    await sql`
      UPDATE deliveries SET webhook_id = NULL,
        channel = CASE status WHEN 'pending' THEN 'socket' ELSE channel END,
        next_attempt_at = CASE status WHEN 'pending' THEN now() ELSE next_attempt_at END,
        tries = 0, tried_at = NULL, parked_at = NULL
      WHERE webhook_id = ${row.id} AND message_id IS NOT NULL`.execute(tx);
    await sql`DELETE FROM webhooks WHERE id = ${row.id}`.execute(tx);
    const before = { url: shownUrl(row.url), name: row.name, events: row.events };
    await recordAudit(tx, ctx, { action: "webhook.delete", subject: { kind: "webhook", id: row.id }, before });
  });
}

/**
 * Gives a webhook another secret, shown in this answer only; the one before signs as well for `overlapHours` (0: not at
 * all), so that the receiver can change over. For admins. Throws `webhook_not_found`.
 */
export async function rotateWebhookSecret(
  ctx: CommandContext,
  box: SecretBox,
  input: { id: number; overlapHours: number },
): Promise<{ secret: string }> {
  requirePermission(ctx.actor, "webhook.write");
  const secret = newSecret();
  const { overlapHours } = input;
  await transact(ctx, async (tx) => {
    if (!(await lockWebhook(tx, input.id))) throw noWebhook();
    const kept = overlapHours > 0;
    await sql`
      UPDATE webhooks SET previous_secret = CASE WHEN ${kept}::boolean THEN secret END,
        previous_until = CASE WHEN ${kept}::boolean THEN now() + ${overlapHours} * interval '1 hour' END,
        secret = ${box.seal(secret)}, updated_at = now()
      WHERE id = ${input.id}`.execute(tx);
    const after = { overlap_hours: overlapHours };
    await recordAudit(tx, ctx, { action: "webhook.rotate", subject: { kind: "webhook", id: input.id }, after });
  });
  return { secret };
}

/** Has a test sent to a webhook, once, whether it is enabled or not. For admins. Throws `webhook_not_found`. */
export async function testWebhook(ctx: CommandContext, input: { id: number }): Promise<{ deliveryId: number }> {
  requirePermission(ctx.actor, "webhook.write");
  return transact(ctx, async (tx) => {
    if (!(await lockWebhook(tx, input.id))) throw noWebhook();
    const deliveryId = await insertTest(tx, input.id, ctx.requestId);
    await recordAudit(tx, ctx, { action: "webhook.test", subject: { kind: "webhook", id: input.id } });
    return { deliveryId };
  });
}

async function insertTest(tx: Tx, webhookId: number, requestId: string | null): Promise<number> {
  const row = await tx
    .insertInto("deliveries")
    .values({ webhook_id: webhookId, channel: "webhook", event_type: "test", request_id: requestId })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}
