import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeliveryChannel, OutgoingReply } from "../../../src/delivery/channel.js";
import { socketChannel } from "../../../src/delivery/socket-channel.js";
import { deliverStage } from "../../../workers/deliver.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { seedTickets } from "./seed-tickets.js";

const limits = { AGEING_HORIZON_HOURS: 24, REOPEN_WITHIN_HOURS: 72, TICKET_CAPACITY: 15 };

describe("deliver", () => {
  let database: TestDatabase;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  /** `count` replies in one conversation, each to be delivered by `channel`; their delivery ids. */
  async function replies(channel: string, count: number): Promise<number[]> {
    const [ticket] = await seedTickets(database.db, 1, 0);
    const { rows } = await sql<{ id: number }>`
      WITH said AS (
        INSERT INTO messages (conversation_id, seq, text)
        SELECT ${ticket?.conversationId}::bigint, 1 + n, 'reply ' || n FROM generate_series(1, ${count}::int) n
        RETURNING id, conversation_id)
      INSERT INTO deliveries (message_id, ticket_id, conversation_id, channel)
      SELECT id, ${ticket?.ticketId}::bigint, conversation_id, ${channel} FROM said ORDER BY id RETURNING id`.execute(
      database.db.kysely,
    );
    return rows.map((row) => row.id);
  }
  const stateOf = async (ids: number[]) => {
    const rows = await database.db.kysely
      .selectFrom("deliveries")
      .select(["status", "attempts", "last_error"])
      .where("id", "in", ids)
      .orderBy("id")
      .execute();
    return rows.map((row) => [row.status, row.attempts, row.last_error]);
  };
  const stage = (...channels: DeliveryChannel[]) =>
    deliverStage({ db: database.db, limits, wake: () => undefined }, channels);
  const run = (process: ReturnType<typeof stage>, subjectIds: number[]) =>
    process({ subjectIds, requestId: "request-1", requestOf: () => null, signal });

  it("by the socket: sent at once, once", async () => {
    const ids = await replies("socket", 2);
    expect(await run(stage(socketChannel), ids)).toEqual({ sent: 2, failed: 0, held: 0, settled: 0 });
    expect(await run(stage(socketChannel), ids)).toEqual({ sent: 0, failed: 0, held: 0, settled: 2 });
    expect(await stateOf(ids)).toEqual([
      ["sent", 1, null],
      ["sent", 1, null],
    ]);
  });

  it("holds back what comes after one that is to be tried again, in its conversation only", async () => {
    const ids = await replies("webhook", 3);
    const [other] = await replies("webhook", 1);
    const seen: OutgoingReply[] = [];
    const webhook: DeliveryChannel = {
      name: "webhook",
      async send(reply) {
        seen.push(reply);
        if (reply.deliveryId === ids[1] && reply.attempt === 1) throw new Error("connection reset");
        return { kind: "sent" };
      },
    };
    const all = [...ids, other ?? 0];
    expect(await run(stage(webhook), all)).toEqual({ sent: 2, failed: 1, held: 1, settled: 0 });
    expect(seen.map((reply) => reply.deliveryId)).toEqual([ids[0], ids[1], other]);
    expect(await stateOf(ids)).toEqual([
      ["sent", 1, null],
      ["pending", 1, "connection reset"],
      ["pending", 0, null],
    ]);
    expect(await run(stage(webhook), all)).toEqual({ sent: 2, failed: 0, held: 0, settled: 2 });
    expect(seen.slice(3).map((reply) => [reply.deliveryId, reply.attempt, reply.text])).toEqual([
      [ids[1], 2, "reply 2"],
      [ids[2], 1, "reply 3"],
    ]);
  });

  it("gives up what is refused for good, or has no channel, and goes on with the next", async () => {
    const ids = await replies("email", 2);
    const refusing: DeliveryChannel = {
      name: "email",
      send: async () => ({ kind: "failed", error: "no such mailbox", retryAfterMs: null }),
    };
    expect(await run(stage(refusing), ids)).toEqual({ sent: 0, failed: 2, held: 0, settled: 0 });
    expect(await stateOf(ids)).toEqual([
      ["failed", 1, "no such mailbox"],
      ["failed", 1, "no such mailbox"],
    ]);
    const orphan = await replies("webhook", 1);
    await run(stage(socketChannel), orphan);
    expect(await stateOf(orphan)).toEqual([["failed", 1, "no channel webhook"]]);
  });
});
