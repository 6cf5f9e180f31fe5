import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { frameOfType } from "../../integration/realtime/chat-desk.js";
import { until } from "../../support/until.js";
import { type ChatUnderTest, chatWays, startChat } from "./chat-under-test.js";

const types = ["message", "chat_message", "read", "mark_messages_read", "typing", "typing_indicator", "resume", "auth"];
const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("\u0000", "\ud800", "9".repeat(40), -1, 1e308, "__proto__"),
);
const frame = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record(
        {
          type: fc.oneof(fc.constantFrom(...types), fc.string()),
          text: strange,
          message: strange,
          message_type: strange,
          client_id: strange,
          metadata: strange,
          attachment_id: strange,
          message_ids: strange,
          up_to: strange,
          is_typing: strange,
          since: strange,
          epoch: strange,
          token: strange,
        },
        { requiredKeys: ["type"] },
      )
      .map((value) => JSON.stringify(value)),
  },
  { weight: 1, arbitrary: fc.string() },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
);

describe.each(chatWays.filter(({ redis }) => redis === "none"))("whatever a client sends on $name", (way) => {
  let chat: ChatUnderTest;
  beforeAll(async () => {
    chat = await startChat(way);
  });
  afterAll(() => chat.stop());

  it("is done or answered, never a failure of ours, and the socket stays open", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 12 }), async (frames) => {
        const client = await chat.enter(chat.direct, chat.ann);
        for (const one of frames) client.socket.send(one);
        client.send({ type: "message", text: "still here", client_id: randomBytes(8).toString("hex") });
        await until(
          () =>
            client.closed !== null ||
            client.frames.some((told) => told.type === "ack" || told.status === "unavailable"),
          "the last word's answer",
        );
        expect(client.closed).toBeNull();
        expect(client.frames.filter(({ status }) => status === "internal_error")).toEqual([]);
        client.socket.terminate();
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  it("a frame of 1 MB ends its own socket, and nobody else's", async () => {
    const [loud, other] = [await chat.enter(chat.direct, chat.ann), await chat.enter(chat.direct, chat.bob)];
    loud.send({ type: "message", text: "x".repeat(1_048_576) });
    await until(() => loud.closed !== null, "closed");
    other.send({ type: "ping" });
    await frameOfType(other, "pong");
    expect(other.closed).toBeNull();
  });
});
