import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, expect, it } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { replayWebhook } from "../../../src/commands/replay-webhook.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { retryDeliveries } from "../../../src/commands/retry-deliveries.js";
import { deleteWebhook, rotateWebhookSecret, testWebhook, updateWebhook } from "../../../src/commands/webhooks.js";
import { outboxEvent } from "../../../src/db/outbox.js";
import { admin } from "../../support/desk.js";
import { until } from "../../support/until.js";
import { WebhookReceiver } from "../../support/webhook-receiver.js";
import { box, type CourierDesk, openCourierDesk } from "./courier-desk.js";

let desk: CourierDesk;
let receiver: WebhookReceiver;
const others: WebhookReceiver[] = [];

beforeEach(async () => {
  desk = await openCourierDesk();
  receiver = await new WebhookReceiver().start();
});
afterEach(async () => {
  await desk.close();
  for (const each of [receiver, ...others.splice(0)]) await each.stop();
});

const read = (conversationId: number, upTo: number) =>
  outboxEvent({
    stream: `conversation:${conversationId}`,
    type: "read",
    payload: { user_id: 1, up_to: upTo, read_at: "2026-01-31T12:00:00.000Z", message_ids: [] },
  });
async function conversation(): Promise<number> {
  const ticketId = await desk.desk.message();
  const [row] = await desk.query<{ id: number }>("SELECT conversation_id AS id FROM tickets WHERE id = $1", [ticketId]);
  return row?.id ?? 0;
}
const statuses = () =>
  desk.query<{ status: string; attempts: number; out_of_order: boolean; parked: boolean }>(
    "SELECT status, attempts, out_of_order, parked_at IS NOT NULL AS parked FROM deliveries WHERE event_seq IS NOT NULL ORDER BY id",
  );
const allSent = async () => {
  const rows = await statuses();
  return rows.length > 0 && rows.every((row) => row.status === "sent");
};

it("events go out once, in order, signed as Standard Webhooks verifies it", async () => {
  const { secret } = await desk.webhook(receiver.url, { events: ["read", "message_new"] });
  const id = await conversation();
  await desk.events([read(id, 1), read(id, 2), read(id, 3)]);
  await desk.courier();
  await until(allSent, "all to be sent");
  expect(receiver.calls.map(({ body }) => [body.type, body.data.up_to ?? null, body.out_of_order])).toEqual([
    ["message_new", null, false],
    ["read", 1, false],
    ["read", 2, false],
    ["read", 3, false],
  ]);
  for (const { raw, headers } of receiver.calls)
    expect(new Webhook(secret).verify(raw, headers)).toEqual(JSON.parse(raw));
  expect(new Set(receiver.ids()).size).toBe(4);
  expect(receiver.calls[1]?.body.data).toMatchObject({ stream: `conversation:${id}`, pos: 2, request_id: "request-1" });
});

it("an attempt that failed is made again with the same id, and holds back its conversation only", async () => {
  await desk.webhook(receiver.url, { events: ["read"] });
  const [one, two] = [await conversation(), await conversation()];
  receiver.act = ({ body }, nth) => ({ kind: "answer", status: nth <= 2 && body.data.up_to === 1 ? 500 : 204 });
  await desk.events([read(one, 1), read(one, 2), read(two, 11)]);
  await desk.courier();
  await until(() => receiver.calls.some(({ body }) => body.data.up_to === 11), "the other conversation");
  await until(async () => (await statuses())[0]?.attempts === 1, "the failure to be recorded");
  expect(receiver.calls.some(({ body }) => body.data.up_to === 2)).toBe(false);
  await until(async () => {
    await desk.hurry();
    return allSent();
  }, "all to be sent");
  const tried = receiver.calls.filter(({ body }) => body.data.up_to === 1).map(({ headers }) => headers["webhook-id"]);
  expect(tried.length).toBeGreaterThan(1);
  expect(new Set(tried).size).toBe(1);
  const order = receiver.calls.map(({ body }) => body.data.up_to).filter((n) => n < 10);
  expect(order.lastIndexOf(1)).toBeLessThan(order.indexOf(2));
});

it("a poison item is parked after five failures; later ones pass and say so; at last it is dead, and can be retried", async () => {
  await desk.webhook(receiver.url, { events: ["read"] });
  const id = await conversation();
  let poisoned = true;
  receiver.act = ({ body }) => ({ kind: "answer", status: poisoned && body.data.up_to === 1 ? 500 : 204 });
  await desk.events([read(id, 1), read(id, 2)]);
  await desk.courier();
  await until(async () => {
    await desk.hurry();
    return (await statuses())[1]?.status === "sent";
  }, "the later one to pass");
  expect(await statuses()).toMatchObject([
    { status: "pending", parked: true },
    { out_of_order: true, attempts: 1 },
  ]);
  expect(receiver.calls.find(({ body }) => body.data.up_to === 2)?.body.out_of_order).toBe(true);
  await until(async () => {
    await desk.hurry();
    return (await statuses())[0]?.status === "failed";
  }, "the dead letter");
  poisoned = false;
  expect(await retryDeliveries(desk.desk.as(admin), {})).toBe(1);
  await until(allSent, "the dead letter to be sent");
  expect(receiver.calls.at(-1)?.body).toMatchObject({ out_of_order: true, data: { up_to: 1 } });
});

it("one that hangs costs another nothing: each has places of its own", async () => {
  const hanging = await new WebhookReceiver().start();
  others.push(hanging);
  hanging.act = () => ({ kind: "hang" });
  await desk.webhook(hanging.url, { events: ["read"] });
  await desk.webhook(receiver.url, { events: ["read"] });
  const ids = await Promise.all(Array.from({ length: 40 }, conversation));
  await desk.events(ids.map((id) => read(id, 1)));
  await desk.courier({ deadlineMs: 60_000, atOnce: 4 });
  await until(() => receiver.calls.length === 40 && hanging.calls.length === 4, "all of one, four of the other");
  expect(await desk.query("SELECT 1 FROM delivery_attempts WHERE outcome <> 'sent'")).toEqual([]);
});

it("the circuit of one that is away opens for all workers: what it has not tried waits", async () => {
  const gone = await new WebhookReceiver().start();
  const { url } = gone;
  await gone.stop();
  await desk.webhook(url, { events: ["read"] });
  // More than what is under way, and what follows it until the first failures are on disk.
  const ids = await Promise.all(Array.from({ length: 200 }, conversation));
  await desk.events(ids.map((id) => read(id, 1)));
  await Promise.all([desk.courier(), desk.courier()]);
  const opened = () => desk.query("SELECT 1 FROM webhooks WHERE circuit_opens > 0 AND circuit_open_until > now()");
  await until(async () => (await opened()).length === 1, "the circuit");
  expect((await statuses()).filter(({ attempts }) => attempts === 0).length).toBeGreaterThan(10);
});

it("an open circuit is tried by one call, and closed by one that works", async () => {
  const { id: webhookId } = await desk.webhook(receiver.url, { events: ["read"] });
  await desk.query(
    "UPDATE webhooks SET failures = 9, circuit_opens = 2, circuit_open_until = now() + interval '1 hour'",
  );
  const ids = await Promise.all(Array.from({ length: 10 }, conversation));
  await desk.events(ids.map((id) => read(id, 1)));
  let most = 0;
  let underWay = 0;
  receiver.act = async (_, nth) => {
    most = nth === 1 ? ++underWay : Math.max(most, underWay);
    if (nth === 1) await until(async () => (await statuses()).length === 10, "all to be there");
    return { kind: "answer", status: 200 };
  };
  await desk.courier();
  await until(async () => (await statuses()).length === 10, "the deliveries");
  expect(receiver.calls).toEqual([]);
  await desk.query("UPDATE webhooks SET circuit_open_until = now()");
  await until(allSent, "all to be sent");
  expect(
    await desk.query("SELECT failures, circuit_opens, circuit_open_until FROM webhooks WHERE id = $1", [webhookId]),
  ).toEqual([{ failures: 0, circuit_opens: 0, circuit_open_until: null }]);
});

it("410 disables it, and is told; Retry-After is honoured; a redirect is a failure and followed by nobody", async () => {
  const other = await new WebhookReceiver().start();
  others.push(other);
  const gone = await desk.webhook(receiver.url, { events: ["read"] });
  await desk.webhook(other.url, { events: ["read"] });
  receiver.act = () => ({ kind: "answer", status: 410 });
  other.act = (_, nth) =>
    nth === 1
      ? { kind: "answer", status: 429, headers: { "retry-after": "600" } }
      : { kind: "answer", status: 302, headers: { location: receiver.url } };
  const id = await conversation();
  await desk.events([read(id, 1)]);
  await desk.courier();
  await until(
    async () =>
      (await desk.query("SELECT 1 FROM webhooks WHERE id = $1 AND disabled_at IS NOT NULL", [gone.id])).length,
    "410",
  );
  const wait = async () =>
    (
      await desk.query<{ s: number }>(
        "SELECT extract(epoch FROM next_attempt_at - now())::float8 AS s FROM deliveries WHERE last_error LIKE '%429%'",
      )
    )[0];
  const waits = await until(wait, "429 to be recorded");
  expect(waits.s).toBeGreaterThan(590);
  expect(await desk.query("SELECT action FROM audit_log WHERE action = 'webhook.disable'")).toHaveLength(1);
  await desk.hurry();
  const last = () => desk.query("SELECT 1 FROM deliveries WHERE last_error = 'It answered 302.'");
  await until(async () => (await last()).length, "the redirect");
  expect(receiver.calls).toHaveLength(1);
});

it("a worker that dies between sending and recording: sent again with the same id", async () => {
  await desk.webhook(receiver.url, { events: ["read"] });
  const id = await conversation();
  await desk.events([read(id, 1), read(id, 2)]);
  receiver.act = (_, nth) => (nth === 1 ? { kind: "cut" } : { kind: "answer", status: 204 });
  // The first attempt was claimed, and its worker was never heard of again.
  await desk.courier();
  await until(() => receiver.calls.length === 1, "the first call");
  await until(async () => (await statuses())[0]?.attempts === 1, "its record");
  await desk.query(
    "UPDATE deliveries SET last_error = NULL, next_attempt_at = now() + interval '1 hour' WHERE attempts = 1",
  );
  expect(await statuses()).toMatchObject([{ attempts: 1 }, { attempts: 0 }]);
  await desk.query("UPDATE deliveries SET next_attempt_at = now() WHERE attempts = 1");
  await until(allSent, "both to be sent");
  const [first, again, next] = receiver.calls.map(({ headers }) => headers["webhook-id"]);
  expect(again).toBe(first);
  expect(next).not.toBe(first);
});

it("two couriers share the work: nothing is sent twice, order holds", async () => {
  await desk.webhook(receiver.url, { events: ["read"] });
  const ids = await Promise.all(Array.from({ length: 5 }, conversation));
  await desk.events(ids.flatMap((id) => Array.from({ length: 20 }, (_, n) => read(id, n + 1))));
  await Promise.all([desk.courier(), desk.courier()]);
  await until(allSent, "all to be sent");
  expect(receiver.calls).toHaveLength(100);
  for (const id of ids) {
    const order = receiver.calls
      .filter(({ body }) => body.data.stream === `conversation:${id}`)
      .map(({ body }) => body.data.up_to);
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  }
});

it("both secrets sign while they overlap; a test goes to one that is disabled; replay has the same ids and order", async () => {
  const { id: webhookId, secret } = await desk.webhook(receiver.url, { events: ["read"] });
  const { secret: newer } = await rotateWebhookSecret(desk.desk.as(admin), box, { id: webhookId, overlapHours: 1 });
  const id = await conversation();
  await desk.events([read(id, 1), read(id, 2), read(id, 3)]);
  await desk.courier();
  await until(allSent, "all to be sent");
  for (const each of [secret, newer]) {
    for (const { raw, headers } of receiver.calls) expect(() => new Webhook(each).verify(raw, headers)).not.toThrow();
  }
  const before = receiver.ids();
  const answer = await replayWebhook(desk.desk.as(admin), { id: webhookId, stream: `conversation:${id}`, since: 2 });
  expect(answer).toMatchObject({ replayed: 2, complete: true });
  await until(() => receiver.calls.length === 5, "the replay");
  await until(allSent, "the replay's record");
  expect(receiver.ids().slice(3)).toEqual(before.slice(1));
  await updateWebhook(desk.desk.as(admin), { id: webhookId, enabled: false });
  const { deliveryId } = await testWebhook(desk.desk.as(admin), { id: webhookId });
  const test = async () =>
    (await desk.query<{ status: string }>("SELECT status FROM deliveries WHERE id = $1", [deliveryId]))[0]?.status ===
    "sent";
  await until(test, "the test to be sent");
  expect(receiver.calls.at(-1)?.body).toMatchObject({ type: "test", data: { delivery_id: deliveryId } });
  await rotateWebhookSecret(desk.desk.as(admin), box, { id: webhookId, overlapHours: 0 });
  expect(await desk.query("SELECT previous_secret FROM webhooks")).toEqual([{ previous_secret: null }]);
});

it("notes, the desk's own facts and what was not asked for leave nobody; filters hold; what was erased is not said", async () => {
  const message = { id: 1, text: "said", type: "note" } as never;
  const id = await conversation();
  const stream = `conversation:${id}`;
  const update = (reason: string, queue: string) =>
    outboxEvent({
      stream: "agents",
      type: "message_update",
      payload: { message_id: 1, status: "unassigned", assigned_to: null, version: 1, reason, queue },
    });
  await desk.bite();
  await desk.webhook(receiver.url, {
    events: ["message:new", "message_update"],
    queues: ["loans"],
    reasons: ["scored"],
  });
  await desk.query("UPDATE tickets SET queue = 'loans'");
  await desk.events([
    outboxEvent({ stream, type: "message:new", payload: { message } }),
    outboxEvent({ stream: "desk", type: "room_freed", payload: { agent_id: 1, reason: "reply" } }),
    update("scored", "general"),
    update("routed", "loans"),
    update("scored", "loans"),
    outboxEvent({ stream, type: "message:new", payload: { message: { id: 2, text: "said", type: "text" } as never } }),
    read(id, 1),
  ]);
  await desk.query(
    "UPDATE events SET payload = jsonb_set(payload, '{message,text}', '\"\"') WHERE payload ? 'message'",
  );
  await desk.courier();
  await until(async () => (await statuses()).length === 2 && (await allSent()), "two to be sent");
  expect(receiver.calls.map(({ body }) => [body.type, body.data.reason ?? body.data.message.text]).sort()).toEqual([
    ["message:new", ""],
    ["message_update", "scored"],
  ]);
});

it("a reply goes by the webhook of its ticket's channel; when that is deleted, it finds another way", async () => {
  const { id: webhookId } = await desk.webhook(receiver.url, { replyChannels: ["api"] });
  receiver.act = (_, nth) => ({ kind: "answer", status: nth === 1 ? 204 : 500 });
  const agent = await desk.desk.agent();
  const { deliver } = await desk.courier();
  const said = async () => {
    const ticketId = await desk.desk.message();
    await claimTicket(desk.desk.as(agent), { ticketId, agentId: agent.id });
    await replyToTicket(desk.desk.as(agent), { ticketId, agentId: agent.id, text: "Within 24 hours." });
    const [row] = await desk.query<{ id: number }>("SELECT max(id) AS id FROM deliveries WHERE message_id IS NOT NULL");
    await deliver({
      subjectIds: [row?.id ?? 0],
      requestId: "r",
      requestOf: () => null,
      signal: new AbortController().signal,
    });
    return { ticketId, deliveryId: row?.id ?? 0 };
  };
  const stateOf = async (id: number) =>
    (
      await desk.query<{ status: string; channel: string; attempts: number }>(
        "SELECT status, channel, attempts FROM deliveries WHERE id = $1",
        [id],
      )
    )[0];
  const first = await said();
  await until(async () => (await stateOf(first.deliveryId))?.status === "sent", "the reply");
  expect(receiver.calls[0]?.body).toMatchObject({
    type: "reply",
    data: { message_id: first.ticketId, text: "Within 24 hours.", channel: "api", agent: { id: agent.id } },
  });
  const told = await desk.query("SELECT 1 FROM outbox WHERE payload->>'reason' = 'delivered'");
  expect(told).toHaveLength(1);
  const second = await said();
  await until(async () => (await stateOf(second.deliveryId))?.attempts === 1, "the failure");
  const attempt = async () =>
    (await desk.query("SELECT request, answer FROM delivery_attempts WHERE delivery_id = $1", [second.deliveryId]))[0];
  const kept = JSON.stringify(await until(attempt, "the attempt"));
  expect(kept).not.toContain("Within 24 hours");
  expect(kept).toContain("500");
  await deleteWebhook(desk.desk.as(admin), { id: webhookId });
  await until(async () => (await stateOf(second.deliveryId))?.channel === "socket", "another way");
  expect(await stateOf(first.deliveryId)).toMatchObject({ status: "sent", channel: "webhook" });
});

it("replies whose order was lost say so where they arrive, and to the agents", async () => {
  await desk.webhook(receiver.url, { replyChannels: ["api"] });
  const agent = await desk.desk.agent();
  const ticketId = await desk.desk.message();
  await claimTicket(desk.desk.as(agent), { ticketId, agentId: agent.id });
  for (const text of ["first", "second", "third"])
    await replyToTicket(desk.desk.as(agent), { ticketId, agentId: agent.id, text, keepOpen: true });
  const ids = (await desk.query<{ id: number }>("SELECT id FROM deliveries ORDER BY id")).map(({ id }) => id);
  // The first has no way yet when the second goes: its job is late.
  await desk.query("UPDATE deliveries SET next_attempt_at = now() + interval '1 hour' WHERE id = $1", [ids[0]]);
  await desk.courier();
  const sent = () => desk.query("SELECT id FROM deliveries WHERE status = 'sent'");
  await until(async () => (await sent()).length === 2, "the second and the third");
  await desk.query("UPDATE deliveries SET next_attempt_at = now() WHERE id = $1", [ids[0]]);
  await until(async () => (await sent()).length === 3, "the first");
  await replyToTicket(desk.desk.as(agent), { ticketId, agentId: agent.id, text: "fourth", keepOpen: true });
  await until(async () => (await sent()).length === 4, "the fourth");
  expect(receiver.calls.map(({ body }) => [body.data.text, body.out_of_order])).toEqual([
    ["second", true],
    ["third", true],
    ["first", true],
    ["fourth", false],
  ]);
  const told = await desk.query<{ said: boolean | null }>(
    "SELECT (payload->>'out_of_order')::boolean AS said FROM outbox WHERE payload->>'reason' = 'delivered' ORDER BY id",
  );
  expect(told.map(({ said }) => said)).toEqual([true, true, true, null]);
});
