import { expect } from "vitest";
import type { RawClient } from "../../integration/realtime/raw-client.js";
import { until } from "../../support/until.js";
import type { Walk } from "./walk.js";

/** The chat frames of CONTRACT.md 5, between two sockets in one thread, and what HTTP shows to them. */
export async function walkSockets(walk: Walk, thread: number): Promise<void> {
  const { ann, bob, agent } = walk;
  const [one, two] = [await walk.enter(ann, thread), await walk.enter(bob, thread)];
  const hello = await walk.frame(one, "hello");
  expect(hello).toMatchObject({
    stream: `conversation:${thread}`,
    epoch: expect.any(String),
    heartbeat_ms: expect.any(Number),
  });
  walk.saw("frame hello", `pos ${hello.pos}, oldest ${hello.oldest}`);
  await walk.frame(one, "user_joined", (frame) => frame.user_id === bob.id);
  walk.saw("frame user_joined", "Bob, seen by Ann");
  await walkSaid(walk, one, two);
  await walkMarks(walk, one, two);
  const from = two.frames.length;
  await walk.row(
    ann,
    "POST",
    `/api/chat/threads/${thread}/messages/`,
    201,
    { text: "By HTTP" },
    () => "HTTP to socket",
  );
  const heard = await walk.frame(
    two,
    "message:new",
    ({ message }) => (message as { text: string }).text === "By HTTP",
    from,
  );
  await walk.row(ann, "PUT", `/api/chat/messages/${(heard.message as { id: number }).id}/`, 200, { text: "By hand" });
  await walk.frame(two, "message:edited", undefined, from);
  await walk.row(ann, "DELETE", `/api/chat/messages/${(heard.message as { id: number }).id}/`, 204);
  await walk.frame(two, "message:deleted", undefined, from);
  walk.saw("frames message:new, message:edited, message:deleted", "in this order, positions without a hole");
  await walkReplay(walk, thread, two);
  await walkDialect(walk, thread, one);
  await walkFaults(walk, one);
  two.socket.close();
  await walk.frame(one, "user_left", (frame) => frame.user_id === bob.id);
  walk.saw("frame user_left", "Bob, once his last socket is closed");
  await walkTicket(walk);
  expect((await walk.call(agent, "GET", `/api/events/?stream=conversation:${thread}&since=0&wait=0`)).status).toBe(404);
  walk.saw("GET /api/events/ of a stranger's thread", "404");
}

async function walkSaid(walk: Walk, one: RawClient, two: RawClient): Promise<void> {
  for (const [type, field] of [
    ["message", "text"],
    ["chat_message", "message"],
  ] as const) {
    const clientId = `s-${type}`;
    one.send({ type, [field]: `Hello by ${type}`, client_id: clientId, metadata: { page: 3 } });
    const ack = await walk.frame(one, "ack", (frame) => frame.client_id === clientId);
    for (const client of [one, two]) {
      const fits = ({ message }: Record<string, unknown>) => (message as { id: number }).id === ack.message_id;
      expect((await walk.frame(client, "message:new", fits)).message).toMatchObject({
        text: `Hello by ${type}`,
        seq: ack.seq,
      });
    }
    walk.saw(`${type} {${field}, client_id, metadata}`, `ack with seq ${ack.seq}; message:new to both`);
  }
}

async function walkMarks(walk: Walk, one: RawClient, two: RawClient): Promise<void> {
  for (const type of ["typing", "typing_indicator"]) {
    const from = two.frames.length;
    one.send({ type, is_typing: true });
    await walk.frame(two, "typing", (frame) => frame.is_typing === true, from);
    one.send({ type, is_typing: false });
    await walk.frame(two, "typing", (frame) => frame.is_typing === false, from);
    walk.saw(`${type} {is_typing}`, "typing to the other");
  }
  const seqs = two.frames
    .filter(({ type }) => type === "message:new")
    .map(({ message }) => (message as { seq: number }).seq);
  const ids = two.frames
    .filter(({ type }) => type === "message:new")
    .map(({ message }) => (message as { id: number }).id);
  two.send({ type: "read", up_to: Math.min(...seqs) });
  const first = await walk.frame(one, "read", (frame) => frame.user_id === walk.bob.id);
  two.send({ type: "mark_messages_read", message_ids: [ids[ids.length - 1]] });
  const second = await walk.frame(one, "read", (frame) => Number(frame.up_to) > Number(first.up_to));
  walk.saw("read {up_to}, mark_messages_read {message_ids}", `read up to ${first.up_to}, then ${second.up_to}`);
}

/** `resume`, `?since=` and the long poll give the same frames at the same positions. */
async function walkReplay(walk: Walk, thread: number, live: RawClient): Promise<void> {
  const durable = (client: RawClient) => client.frames.filter(({ pos, type }) => pos !== undefined && type !== "hello");
  const seen = durable(live);
  const positions = seen.map(({ pos }) => Number(pos));
  expect(positions).toEqual(positions.map((_, n) => (positions[0] as number) + n));
  const since = (positions[0] as number) - 1;
  const byQuery = await walk.enter(walk.bob, thread, `&since=${since}`);
  const byFrame = await walk.enter(walk.bob, thread);
  byFrame.send({ type: "resume", since });
  for (const client of [byQuery, byFrame]) {
    await until(() => durable(client).length >= seen.length, "the frames since");
    expect(durable(client).slice(0, seen.length)).toEqual(seen);
  }
  walk.saw("?since=<pos>, resume {since}", `${seen.length} frames again, alike, positions without a hole`);
  const polled = await walk.row(
    walk.bob,
    "GET",
    `/api/events/?stream=conversation:${thread}&since=${since}&wait=0`,
    200,
    undefined,
    ({ frames }) => `${frames.length} frames`,
  );
  expect(polled.body.frames.slice(0, seen.length)).toEqual(seen);
  const waiting = walk.call(
    walk.bob,
    "GET",
    `/api/events/?stream=conversation:${thread}&since=${polled.body.pos}&wait=25`,
  );
  await walk.call(walk.ann, "POST", `/api/chat/threads/${thread}/messages/`, { text: "Wake up" });
  expect((await waiting).body.frames).toMatchObject([{ type: "message:new", message: { text: "Wake up" } }]);
  walk.saw("GET /api/events/?wait=25", "waits, and answers with the next frame");
  for (const client of [byQuery, byFrame]) client.socket.close();
}

async function walkDialect(walk: Walk, thread: number, one: RawClient): Promise<void> {
  const threads = await walk.enter(walk.bob, thread, "&dialect=threads");
  one.send({ type: "message", text: "In your words", client_id: "d-1" });
  const told = await walk.frame(
    threads,
    "chat_message",
    ({ data }) => (data as { text: string }).text === "In your words",
  );
  const same = await walk.frame(
    one,
    "message:new",
    ({ message }) => (message as { text: string }).text === "In your words",
  );
  expect(told.pos).toBe(same.pos);
  one.send({ type: "typing", is_typing: true });
  await walk.frame(threads, "typing_indicator");
  one.send({ type: "read" });
  await walk.frame(threads, "messages_read");
  walk.saw("?dialect=threads", "connection_established, chat_message, typing_indicator, messages_read; the same pos");
  threads.socket.close();
}

async function walkFaults(walk: Walk, one: RawClient): Promise<void> {
  for (const bad of [
    "no JSON",
    '{"type":"dance"}',
    '{"type":"message","text":" "}',
    '{"type":"message","message_type":"payment","text":"x"}',
  ]) {
    const from = one.frames.length;
    one.send(bad);
    const { status } = await walk.frame(one, "error", undefined, from);
    walk.saw(bad, `error ${status}, the socket stays`);
  }
  const from = one.frames.length;
  one.send({ type: "ping" });
  await walk.frame(one, "pong", undefined, from);
  walk.saw("ping", "pong");
}

/** A support case: its ticket's changes are told to whoever talks in it. */
async function walkTicket(walk: Walk): Promise<void> {
  const { agent } = walk;
  const { body } = await walk.call(null, "POST", "/api/messages/", { user_id: "W002", body: "Where is my money?" });
  const socket = await walk.enter(agent, body.conversation_id);
  await walk.call(agent, "POST", `/api/messages/${body.id}/claim/`, { agent_id: agent.id });
  const ticket = await walk.frame(
    socket,
    "ticket",
    (frame) => (frame.assigned_to as { id: number } | null)?.id === agent.id,
  );
  walk.saw(
    "frame ticket",
    `${ticket.status}, assigned to ${(ticket.assigned_to as { name: string }).name}, version ${ticket.version}`,
  );
}
