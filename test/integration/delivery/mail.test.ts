import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, expect, it } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { markRead } from "../../../src/commands/mark-read.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { openMailChannel } from "../../../src/delivery/mail-channel.js";
import type { Actor } from "../../../src/domain/policy.js";
import { until } from "../../support/until.js";
import { type CourierDesk, openCourierDesk } from "./courier-desk.js";

let desk: CourierDesk;
let server: SMTPServer;
let channel: ReturnType<typeof openMailChannel>;
let agent: Actor & { id: number };
const mails: { raw: string; parsed: ParsedMail }[] = [];
let refuse: (address: string) => Error | null;

beforeEach(async () => {
  mails.length = 0;
  refuse = () => null;
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: ({ address }, _session, done) => done(refuse(address)),
    onData: (stream, _session, done) => {
      void (async () => {
        const raw = await buffer(stream);
        mails.push({ raw: raw.toString(), parsed: await simpleParser(raw) });
        done();
      })();
    },
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  channel = openMailChannel({ url, from: "The Desk <desk@desk.example>", connections: 2, deadlineMs: 5000 });
  desk = await openCourierDesk();
  agent = await desk.desk.agent();
});
afterEach(async () => {
  await desk.close();
  channel.close();
  await new Promise<void>((resolve) => server.close(resolve));
});

const smtpError = (code: number, words: string) => Object.assign(new Error(words), { responseCode: code });

async function customer(userId: string, email: string | null): Promise<{ ticketId: number; customerId: number }> {
  const ticketId = await desk.desk.message({ userId });
  const [row] = await desk.query<{ id: number }>("UPDATE customers SET email = $2 WHERE user_id = $1 RETURNING id", [
    userId,
    email,
  ]);
  return { ticketId, customerId: row?.id ?? 0 };
}

async function reply(
  ticketId: number,
  text: string,
  deliver: Awaited<ReturnType<CourierDesk["courier"]>>["deliver"],
): Promise<number> {
  await claimTicket(desk.desk.as(agent), { ticketId, agentId: agent.id });
  await replyToTicket(desk.desk.as(agent), { ticketId, agentId: agent.id, text, keepOpen: true });
  const [row] = await desk.query<{ id: number }>("SELECT max(id) AS id FROM deliveries");
  const id = row?.id ?? 0;
  await deliver({ subjectIds: [id], requestId: null, requestOf: () => null, signal: new AbortController().signal });
  return id;
}
const stateOf = async (id: number) =>
  (
    await desk.query<{ status: string; channel: string; next: Date | null; error: string | null; stable: string }>(
      "SELECT status, channel, next_attempt_at AS next, last_error AS error, stable_id AS stable FROM deliveries WHERE id = $1",
      [id],
    )
  )[0];
const sent = async (id: number) => (await stateOf(id))?.status === "sent";

it("a reply goes by mail, under the mails of its conversation; a name is one name, a subject one line", async () => {
  const { ticketId, customerId } = await customer("U1", "cleo@customer.example");
  await desk.query("UPDATE users SET name = $2 WHERE id = $1", [
    customerId,
    'Cleo "X" <evil@x.example>, other@x.example',
  ]);
  await desk.query("UPDATE conversations SET title = $1", ["My loan\r\nBcc: all@x.example"]);
  const { deliver } = await desk.courier({ mail: channel });
  const first = await reply(ticketId, "Within 24 hours.\n\nÄ", deliver);
  await until(() => sent(first), "the first mail");
  const second = await reply(ticketId, "It is done.", deliver);
  await until(() => sent(second), "the second mail");
  const [one, two] = mails.map(({ parsed }) => parsed);
  const conversationId = (
    await desk.query<{ id: number }>("SELECT conversation_id AS id FROM tickets WHERE id = $1", [ticketId])
  )[0]?.id;
  const root = `<conversation-${conversationId}@desk.example>`;
  expect(one).toMatchObject({
    messageId: `<${(await stateOf(first))?.stable}@desk.example>`,
    inReplyTo: root,
    subject: `Re: My loan Bcc: all@x.example [#${ticketId}]`,
  });
  expect(one?.text?.trim()).toBe("Within 24 hours.\n\nÄ");
  expect(one?.from?.value).toEqual([{ name: "The Desk", address: "desk@desk.example" }]);
  expect([one?.to].flat()[0]?.value.map(({ address }) => address)).toEqual(["cleo@customer.example"]);
  expect(one?.headers.has("bcc")).toBe(false);
  expect([two?.inReplyTo, two?.references]).toEqual([one?.messageId, [root, one?.messageId]]);
  expect(mails[1]?.raw).toMatch(/^In-Reply-To: </m);
});

it("5xx to the address: dead, marked, and the next reply takes another way; 4xx: tried again with the same Message-ID", async () => {
  const { ticketId } = await customer("U1", "gone@customer.example");
  const other = await customer("U2", "busy@customer.example");
  const { deliver } = await desk.courier({ mail: channel });
  refuse = (address) => (address.startsWith("gone") ? smtpError(550, "no such user") : null);
  const dead = await reply(ticketId, "Hello", deliver);
  await until(async () => (await stateOf(dead))?.status === "failed", "the bounce");
  expect(await desk.query("SELECT address, code FROM email_bounces")).toEqual([
    { address: "gone@customer.example", code: 550 },
  ]);
  const again = await reply(ticketId, "Hello again", deliver);
  await until(async () => (await stateOf(again))?.next === null, "its way");
  expect(await stateOf(again)).toMatchObject({ channel: "socket", status: "pending" });
  refuse = () => smtpError(451, "greylisted");
  const busy = await reply(other.ticketId, "Hello", deliver);
  await until(async () => (await stateOf(busy))?.error, "the failure");
  expect(await stateOf(busy)).toMatchObject({ status: "pending", channel: "email", error: "It answered 451." });
  refuse = () => null;
  await desk.hurry();
  await until(() => sent(busy), "the mail");
  expect(mails.at(-1)?.parsed.messageId).toBe(`<${(await stateOf(busy))?.stable}@desk.example>`);
  expect(
    await desk.query(
      "SELECT reason FROM (SELECT payload->>'reason' AS reason FROM outbox) o WHERE reason LIKE 'deliver%' ORDER BY 1",
    ),
  ).toEqual([{ reason: "delivered" }, { reason: "delivery_failed" }]);
});

it("a customer in the room reads it there; unread for too long it goes by mail; away and without an address it waits", async () => {
  const { ticketId, customerId } = await customer("U1", "cleo@customer.example");
  const conversationId =
    (await desk.query<{ id: number }>("SELECT conversation_id AS id FROM tickets WHERE id = $1", [ticketId]))[0]?.id ??
    0;
  await desk.query("INSERT INTO presence VALUES ($1, $2, gen_random_uuid(), now() + interval '1 hour')", [
    conversationId,
    customerId,
  ]);
  const { deliver } = await desk.courier({ mail: channel, readWithinMs: 3_600_000 });
  const read = await reply(ticketId, "Read at once", deliver);
  expect(await stateOf(read)).toMatchObject({ channel: "socket", status: "pending", next: expect.any(Date) });
  const reader: Actor = { kind: "user", id: customerId, role: "customer", name: "Cleo" };
  await markRead(desk.desk.as({ ...reader, id: agent.id, role: "agent" }), { conversationId });
  expect(await sent(read)).toBe(false);
  await markRead(desk.desk.as(reader), { conversationId });
  expect(await sent(read)).toBe(true);
  const unread = await reply(ticketId, "Never read", deliver);
  await desk.query("UPDATE deliveries SET next_attempt_at = now() WHERE id = $1", [unread]);
  await until(() => sent(unread), "the mail");
  expect([mails.length, mails[0]?.parsed.text?.trim()]).toEqual([1, "Never read"]);
  const silent = await customer("U3", null);
  const waits = await reply(silent.ticketId, "Hello", deliver);
  // The courier may be at it as well.
  await until(async () => (await stateOf(waits))?.next === null, "its way");
  expect(await stateOf(waits)).toMatchObject({ channel: "socket", status: "pending" });
});
