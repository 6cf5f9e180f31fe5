import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ChatClient } from "../../../src/console/live/chat-client.js";
import { openWsTransport } from "../../../src/realtime/transport-ws.js";
import { clientSocket } from "../../support/socket-factory.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { makeConversation, startChatRelay } from "./chat-desk.js";
import { makeUser } from "./relay-fixture.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it("stores what is said once and in order, over connections that break, and says what was refused", async () => {
  const relay = await startChatRelay(database, {
    redisUrl: null,
    prefix: `chat_${randomBytes(6).toString("hex")}`,
    openTransport: openWsTransport,
  });
  const user = await makeUser(database.db, "customer");
  const id = await makeConversation(database.db, "direct", [{ id: user.id, role: "member" }]);
  const seen: string[] = [];
  const client = new ChatClient({
    socket: clientSocket,
    backoffMs: { min: 5, max: 20 },
    onFrame: (frame) => {
      if (frame.type === "message:new") seen.push((frame.message as { text: string }).text);
    },
  });
  client.connect(`${relay.url}/ws/chat/${id}/`, { token: user.token });
  const said = Array.from({ length: 25 }, (_, n) => `text ${n}`);
  const stored = said.map((text) => client.say(text));
  await stored[3];
  for (const connection of relay.relay.connections) connection.close(1012, "retry_ms=0");
  const answers = await Promise.all(stored);
  expect(answers.map(({ seq }) => seq)).toEqual(said.map((_, n) => n + 1));
  await until(() => seen.length === said.length, "all of it");
  expect(seen).toEqual(said);
  await expect(client.say("  ")).rejects.toMatchObject({ name: "SayError", status: "invalid_body" });
  const late = client.say("late");
  client.close();
  await expect(late).rejects.toThrow("closed before it was stored");
  await relay.stop();
});
