import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient, refusal } from "../../integration/realtime/raw-client.js";
import { makeUser, tokenFor } from "../../integration/realtime/relay-fixture.js";
import { until } from "../../support/until.js";
import { type ChatUnderTest, chatWays, startChat } from "./chat-under-test.js";

const drivers = chatWays.filter(({ redis }) => redis === "none");

describe.each(drivers)("/ws/chat/<id>/ on $name", (way) => {
  let chat: ChatUnderTest;
  beforeAll(async () => {
    chat = await startChat(way);
  });
  afterAll(() => chat.stop());

  const at = (id: number | string, token?: string) =>
    `${chat.relay.url}/ws/chat/${id}/${token === undefined ? "" : `?token=${token}`}`;

  it("101 for a participant, with hello; with and without the slash at its end, and as a subprotocol", async () => {
    const client = await chat.enter(chat.direct, chat.ann);
    expect(client.frames[0]).toEqual({
      type: "hello",
      epoch: expect.any(String),
      stream: `conversation:${chat.direct}`,
      pos: 0,
      oldest: 1,
      heartbeat_ms: expect.any(Number),
    });
    const bare = new RawClient(`${chat.relay.url}/ws/chat/${chat.direct}`, ["bearer", chat.bob.token]);
    await bare.opened();
    await until(() => bare.frames[0]?.type === "hello", "hello");
    bare.socket.terminate();
  });

  it("101 for staff in a support case", async () => {
    expect((await chat.enter(chat.support, chat.admin)).frames[0]).toMatchObject({ type: "hello" });
  });

  it("401 without a token, for rubbish, a revoked one and a disabled user", async () => {
    const gone = await makeUser(chat.database.db, "customer");
    await chat.database.db.pool.query("UPDATE users SET disabled_at = now() WHERE id = $1", [gone.id]);
    for (const token of [undefined, "x.y.z", await tokenFor(chat.ann.id, "customer", 7), gone.token]) {
      expect(await refusal(at(chat.direct, token))).toMatchObject({ status: 401, body: { status: "unauthorized" } });
    }
  });

  it("404 alike for a stranger's conversation and for none, and for what is no id", async () => {
    const strangers = await refusal(at(chat.direct, chat.stranger.token));
    expect(strangers).toMatchObject({ status: 404, body: { status: "conversation_not_found" } });
    expect(await refusal(at(999_999_999, chat.stranger.token))).toEqual(strangers);
    expect(await refusal(at(chat.support, chat.bob.token))).toEqual(strangers);
    for (const id of ["x", "1x", "-1", "99999999999999999999"]) {
      expect(await refusal(at(id, chat.ann.token))).toMatchObject({ status: 404, body: { status: "not_found" } });
    }
  });

  it("404 for an agent in a conversation that is no support case", async () => {
    const agent = await makeUser(chat.database.db, "agent");
    expect((await refusal(at(chat.direct, agent.token))).status).toBe(404);
  });

  it("403 for a foreign page", async () => {
    const foreign = { origin: "https://evil.example" };
    expect(await refusal(at(chat.direct, chat.ann.token), [], foreign)).toMatchObject({
      status: 403,
      body: { status: "origin_not_allowed" },
    });
  });

  it("closes with 4401 when the user is signed out, as the agents' socket does", async () => {
    const client = await chat.enter(chat.direct, chat.bob);
    await chat.relay.bus.publishControl({ kind: "close_user", userId: chat.bob.id, code: 4401, reason: "signed out" });
    await until(() => client.closed !== null, "closed");
    expect(client.closed?.code).toBe(4401);
  });
});
