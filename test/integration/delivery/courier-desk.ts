import { createWebhook } from "../../../src/commands/webhooks.js";
import { appendEvents, type OutboxEvent } from "../../../src/db/outbox.js";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";
import type { MailChannel } from "../../../src/delivery/channel.js";
import { openWebhookChannel } from "../../../src/delivery/webhook-channel.js";
import { openOutbound } from "../../../src/runtime/outbound.js";
import { openSecretBox } from "../../../src/runtime/secret-box.js";
import { Courier } from "../../../workers/courier.js";
import { deliverStage } from "../../../workers/deliver.js";
import { admin, type Desk, limits, openDesk } from "../../support/desk.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase } from "../../support/test-database.js";

export const box = openSecretBox("a secret of a test, 32 characters");

/** A desk with a courier, and what a test does to it. */
export async function openCourierDesk() {
  const database = await createTestDatabase();
  const desk: Desk = await openDesk(database.db);
  const couriers: Courier[] = [];
  const query = async <T>(sql: string, values: unknown[] = []) =>
    (await database.db.pool.query(sql, values)).rows as T[];
  const ctx = { db: database.db, limits, wake: () => undefined };

  async function courier(
    given: {
      mail?: MailChannel;
      deadlineMs?: number;
      readWithinMs?: number;
      atOnce?: number;
      lookEveryMs?: number;
    } = {},
  ) {
    const { mail = null, deadlineMs = 1000, readWithinMs = 60_000, atOnce = 4, lookEveryMs = 20 } = given;
    const route = { mail: mail !== null, readWithinMs };
    const made = new Courier({
      ctx,
      webhook: openWebhookChannel({ outbound: openOutbound({ allow: ["127.0.0.1"], keepAlive: true }), deadlineMs }),
      mail,
      secrets: box,
      route,
      webhookConcurrency: atOnce,
      mailConcurrency: 2,
      webhookDeadlineMs: deadlineMs,
      mailDeadlineMs: 5000,
      logKeptMs: 86_400_000,
      metrics: { observe: () => undefined },
      logger: silentLogger,
      lookEveryMs,
      drainMs: 2000,
    });
    couriers.push(made);
    await made.start();
    return { made, deliver: deliverStage(ctx, route, made) };
  }

  async function bite(): Promise<void> {
    const client = await database.db.pool.connect();
    try {
      while ((await biteOutbox(client)).length > 0);
    } finally {
      client.release();
    }
  }

  return {
    db: database.db,
    url: database.url,
    desk,
    query,
    bite,
    courier,
    /** Events of a conversation, or of none, in the log. */
    events: async (events: OutboxEvent[]) => {
      await appendEvents(database.db.kysely, events, "request-1");
      await bite();
    },
    webhook: (
      url: string,
      given: { events?: string[]; replyChannels?: string[]; queues?: string[]; reasons?: string[] },
    ) => createWebhook(desk.as(admin), box, { url, ...given }),
    /** Makes everything due whose last attempt was recorded, and closes circuits: nobody waits for hours. */
    hurry: async () => {
      await query("UPDATE webhooks SET circuit_open_until = NULL");
      await query(`UPDATE deliveries d SET next_attempt_at = now() WHERE status = 'pending' AND next_attempt_at > now()
        AND EXISTS (SELECT FROM delivery_attempts a WHERE a.delivery_id = d.id AND a.attempt = d.attempts)`);
    },
    close: async () => {
      await Promise.all(couriers.map((each) => each.stop()));
      await desk.close();
      await database.drop();
    },
  };
}

export type CourierDesk = Awaited<ReturnType<typeof openCourierDesk>>;
