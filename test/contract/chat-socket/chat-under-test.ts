import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import {
  type ChatRelay,
  type ChatRelayOptions,
  join,
  makeConversation,
  startChatRelay,
} from "../../integration/realtime/chat-desk.js";
import type { RawClient } from "../../integration/realtime/raw-client.js";
import { makeUser } from "../../integration/realtime/relay-fixture.js";
import { transportDrivers } from "../../integration/realtime/transport-drivers.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

/** The transports, over the bus in Redis and over the one in Postgres (REDIS_URL=none). */
export const chatWays = transportDrivers.flatMap(([name, openTransport]) =>
  (["redis", "none"] as const).map((redis) => ({ name, openTransport, redis })),
);

export interface Person {
  id: number;
  token: string;
}

/** A relay with a conversation of two, and a support case of the first of them. */
export interface ChatUnderTest {
  database: TestDatabase;
  relay: ChatRelay;
  ann: Person;
  bob: Person;
  stranger: Person;
  admin: Person;
  /** Ann's and Bob's. */
  direct: number;
  /** Ann's. */
  support: number;
  enter(conversationId: number, person: Person, query?: string): Promise<RawClient>;
  stop(): Promise<void>;
}

export async function startChat(
  way: (typeof chatWays)[number],
  typingEndsMs = 5000,
  more: Partial<ChatRelayOptions> = {},
): Promise<ChatUnderTest> {
  const database = await createTestDatabase();
  const { db } = database;
  const relay = await startChatRelay(database, {
    redisUrl: way.redis === "redis" ? inject("redisUrl") : null,
    prefix: `chat_${randomBytes(6).toString("hex")}`,
    openTransport: way.openTransport,
    typingEndsMs,
    ...more,
  });
  const [ann, bob, stranger, admin] = [
    await makeUser(db, "customer"),
    await makeUser(db, "customer"),
    await makeUser(db, "customer"),
    await makeUser(db, "admin"),
  ];
  const direct = await makeConversation(db, "direct", [
    { id: ann.id, role: "member" },
    { id: bob.id, role: "member" },
  ]);
  const support = await makeConversation(db, "support", [{ id: ann.id, role: "customer" }]);
  const clients: RawClient[] = [];
  return {
    ...{ database, relay, ann, bob, stranger, admin, direct, support },
    enter: async (conversationId, person, query = "") => {
      const client = await join(relay, conversationId, person.token, query);
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.socket.terminate();
      await relay.stop();
      await database.drop();
    },
  };
}
