import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, expect, it } from "vitest";
import { outboxEvent } from "../../../src/db/outbox.js";
import { until } from "../../support/until.js";
import { WebhookReceiver } from "../../support/webhook-receiver.js";
import { type CourierDesk, openCourierDesk } from "../delivery/courier-desk.js";
import { deskSettings, runCli } from "./run-cli.js";

let desk: CourierDesk;
let receiver: WebhookReceiver;
let settings: Record<string, string>;
beforeEach(async () => {
  desk = await openCourierDesk();
  receiver = await new WebhookReceiver().start();
  settings = deskSettings(desk.url);
});
afterEach(async () => {
  await desk.close();
  await receiver.stop();
});

const cli = (...args: string[]) => runCli(["deliveries", ...args], settings);
const read = (conversationId: number, upTo: number) =>
  outboxEvent({
    stream: `conversation:${conversationId}`,
    type: "read",
    payload: { user_id: 1, up_to: upTo, read_at: "2026-01-31T12:00:00.000Z", message_ids: [] },
  });

interface Listed {
  id: number;
  status: string;
  attempts: number;
  out_of_order: boolean;
}

/** Dead letters at a receiver that fails; what the command line says of them. */
async function dead(count: number): Promise<{ webhookId: number; letters: Listed[] }> {
  const { id: webhookId } = await desk.webhook(receiver.url, { events: ["read"] });
  receiver.act = () => ({ kind: "answer", status: 500 });
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const ticketId = await desk.desk.message({ userId: `U${n}` });
      const [row] = await desk.query<{ id: number }>("SELECT conversation_id AS id FROM tickets WHERE id = $1", [
        ticketId,
      ]);
      return row?.id ?? 0;
    }),
  );
  await desk.events(ids.map((id) => read(id, 1)));
  await desk.courier({ atOnce: 8 });
  await until(async () => {
    await desk.hurry();
    return (await desk.query("SELECT 1 FROM deliveries WHERE status = 'failed'")).length === count;
  }, "the dead letters");
  return { webhookId, letters: (await cli("ls", "--status", "failed", "--json")).json<Listed[]>() };
}

it("a receiver fails until all is dead: listed, shown with its attempts; it heals, and retry empties the list", async () => {
  const { webhookId, letters } = await dead(5);
  expect(letters).toHaveLength(5);
  expect(letters[0]).toMatchObject({ status: "failed", attempts: 12, webhook_id: webhookId, kind: "read" });
  const table = await cli("ls", "--webhook", String(webhookId));
  expect(table.stdout).toMatch(/ id +│ age +│ to +│ what +│ status +│ tries /);
  expect(table.stdout.match(/It answered 500\./g)).toHaveLength(5);
  const [first] = letters;
  const shown = await cli("show", String(first?.id));
  expect(shown.stdout).toContain("last request");
  expect(shown.stdout).toContain('"webhook-signature": "[1 redacted]"');
  const { attempts_kept: kept } = (await cli("show", String(first?.id), "--json")).json<{
    attempts_kept: { answer: { status: number } }[];
  }>();
  expect([kept.length, kept[0]?.answer.status]).toEqual([10, 500]);
  receiver.act = () => ({ kind: "answer", status: 204 });
  await desk.query("UPDATE webhooks SET circuit_open_until = NULL, failures = 0, circuit_opens = 0");
  expect((await cli("retry", String(first?.id), "--json")).json()).toEqual({ retried: 1 });
  const all = await cli("retry", "--all", "--webhook", String(webhookId));
  expect([all.code, all.stdout]).toEqual([0, "4 are due again\n"]);
  const sent = async () => (await desk.query("SELECT 1 FROM deliveries WHERE status = 'sent'")).length === 5;
  await until(sent, "all of them to be sent");
  expect((await cli("ls", "--status", "failed")).stdout).toBe("nothing of that kind\n");
  const after = (await cli("ls", "--json")).json<Listed[]>();
  expect(after.every((each) => each.out_of_order === false && each.attempts === 13)).toBe(true);
  const acts = await desk.query("SELECT actor_kind FROM audit_log WHERE action = 'delivery.retry'");
  expect(acts).toEqual([{ actor_kind: "cli" }, { actor_kind: "cli" }]);
});

it("exit codes: 1 for what is not there or not to be retried, 2 for wrong usage; help shows an example for each", async () => {
  for (const [code, ...args] of [
    [1, "show", "987654"],
    [1, "retry", "987654"],
    [2, "retry"],
    [2, "retry", "1", "--all"],
    [2, "ls", "--status", "dead"],
    [2, "ls", "--channel", "fax"],
    [2, "show", "x"],
    [2, "unbounce"],
    [1, "unbounce", "987654"],
  ] as const) {
    const result = await cli(...args);
    expect([args, result.code], result.stderr).toEqual([args, code]);
    expect(result.stderr).not.toBe("");
  }
  for (const command of ["ls", "show", "retry", "bounces", "unbounce"]) {
    const { code, stdout } = await cli(command, "--help");
    expect([command, code, /Example:\n {2}\$ switchboard deliveries /.test(stdout)]).toEqual([command, 0, true]);
  }
});

it("a bounced address is listed, with its customer, and taken off the list", async () => {
  await desk.desk.message({ userId: "U1" });
  const [row] = await desk.query<{ id: number }>("UPDATE customers SET email = 'Cleo@x.example' RETURNING id");
  await desk.query("INSERT INTO email_bounces VALUES ('cleo@x.example', 550, '550 no such user')");
  expect((await cli("bounces", "--json")).json()).toMatchObject([
    { address: "cleo@x.example", customer_id: row?.id, code: 550, answer: "550 no such user" },
  ]);
  expect((await cli("bounces")).stdout).toContain("550 no such user");
  expect((await cli("unbounce", String(row?.id), "--json")).json()).toEqual({
    customer_id: row?.id,
    mail_bounced: null,
  });
  expect((await cli("bounces", "--json")).json()).toEqual([]);
});

it("doctor: dead letters, open circuits, a mail server that takes us, refuses us, is not there", async () => {
  const checks = async (more: Record<string, string> = {}) => {
    const result = await runCli(["doctor", "--json"], { ...settings, ...more });
    const { checks: all } = result.json<{ checks: { name: string; state: string; found: string; advice: string }[] }>();
    return Object.fromEntries(all.map((check) => [check.name, check]));
  };
  expect(await checks()).toMatchObject({
    deliveries: { state: "ok" },
    webhooks: { state: "ok", found: "there are none" },
    mail: { state: "ok" },
  });
  const { id } = await desk.webhook(receiver.url, { events: ["read"] });
  await desk.query("UPDATE webhooks SET failures = 7, circuit_open_until = now() + interval '1 minute'");
  await desk.query(
    `INSERT INTO deliveries (webhook_id, channel, event_seq, event_type, status, parked_at)
     SELECT $1, 'webhook', n, 'read', CASE n WHEN 1 THEN 'failed' ELSE 'pending' END, now() FROM generate_series(1, 3) n`,
    [id],
  );
  const smtp = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    onAuth: (_auth, _session, done) => done(new Error("no")),
  });
  smtp.on("error", () => undefined);
  smtp.listen(0, "127.0.0.1");
  await once(smtp.server, "listening");
  const place = `127.0.0.1:${(smtp.server.address() as AddressInfo).port}`;
  const found = await checks({ SMTP_URL: `smtp://user:a-password@${place}` });
  expect(found).toMatchObject({
    deliveries: { state: "warn", found: expect.stringContaining("2 parked, 1 dead") },
    webhooks: { state: "warn", found: expect.stringContaining(`${id} (7 failures in a row, 0 events behind)`) },
    mail: { state: "warn", found: expect.stringContaining("535") },
  });
  expect(found.deliveries?.advice).toContain("deliveries retry --all");
  expect(JSON.stringify(found)).not.toContain("a-password");
  expect((await checks({ SMTP_URL: `smtp://${place}` })).mail).toMatchObject({
    state: "ok",
    found: `${place} takes us`,
  });
  await new Promise<void>((resolve) => smtp.close(resolve));
  expect((await checks({ SMTP_URL: `smtp://${place}` })).mail).toMatchObject({ state: "warn" });
}, 60_000);
