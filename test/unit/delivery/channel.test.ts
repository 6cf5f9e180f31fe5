import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import type { Outgoing } from "../../../src/contract/outgoing.js";
import { domainOf, mailPlace, mailSubject } from "../../../src/delivery/mail.js";
import { answerText, redactBody, redactHeaders } from "../../../src/delivery/redact.js";
import { retryAfterMs } from "../../../src/delivery/retry-after.js";
import { signWebhook } from "../../../src/delivery/sign-webhook.js";
import { smtpFault } from "../../../src/delivery/smtp-fault.js";
import { openWebhookChannel } from "../../../src/delivery/webhook-channel.js";
import type { OutboundAnswer } from "../../../src/runtime/outbound.js";
import { OutboundFailed, OutboundRefused } from "../../../src/runtime/outbound.js";
import { openSecretBox } from "../../../src/runtime/secret-box.js";

const secretOf = (letter: string) => `whsec_${Buffer.from(letter.repeat(32)).toString("base64")}`;

it("signs as the specification's own example is signed", () => {
  // standardwebhooks.com, "Verifying webhook authenticity".
  const headers = signWebhook("msg_p5jXN8AQM9LWM0D4loKWxJek", new Date(1_614_265_330_000), '{"test": 2432232314}', [
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  ]);
  expect(headers).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

it("signs by both secrets while they overlap", () => {
  const headers = signWebhook("msg_1", new Date(), "{}", [secretOf("a"), secretOf("b")]);
  for (const letter of ["a", "b"]) expect(() => new Webhook(secretOf(letter)).verify("{}", headers)).not.toThrow();
  expect(() => new Webhook(secretOf("c")).verify("{}", headers)).toThrow("No matching signature found");
});

it.each([
  ["120", 120_000],
  ["0", 0],
  ["Sat, 31 Jan 2026 12:00:30 GMT", 30_000],
  ["Sat, 31 Jan 2026 11:00:00 GMT", 0],
  ["soon", null],
  ["-5", null],
  ["1.5", null],
  ["", null],
  [undefined, null],
])("Retry-After %s", (header, ms) => {
  expect(retryAfterMs(header, new Date("2026-01-31T12:00:00Z"))).toBe(ms);
});

it("what is kept of a body has its shape, its ids and closed words, and nobody's words", () => {
  const body = {
    type: "message:new",
    data: {
      seq: 3,
      user_id: "U001",
      message: { id: 1, text: "my PIN is 1234", sender: { id: 2, name: "Cleo", role: "customer" } },
    },
  };
  expect(redactBody(body)).toEqual({
    type: "message:new",
    data: {
      ...{ seq: 3, user_id: "[redacted]" },
      message: { id: 1, text: "[redacted]", sender: { id: 2, name: "[redacted]", role: "customer" } },
    },
  });
  expect(redactHeaders({ "set-cookie": ["a=b"], "retry-after": "5", "x-secret": "s" })).toEqual({ "retry-after": "5" });
  expect(answerText(`${"x".repeat(499)}😀\0`)).toBe("x".repeat(499));
});

describe("the webhook channel", () => {
  const item: Outgoing = {
    ...{ deliveryId: 7, stableId: "msg_7", attempt: 1, outOfOrder: false },
    what: { kind: "test", at: new Date(0) },
  };
  const target = { webhookId: 1, url: "https://hooks.example.com/x?key=secret", secrets: [secretOf("a")] };
  const answering = (answer: Partial<OutboundAnswer> | Error) =>
    openWebhookChannel({
      deadlineMs: 1000,
      outbound: async () => {
        if (answer instanceof Error) throw answer;
        return { status: 200, headers: {}, body: Buffer.from("ok"), url: "", ...answer };
      },
    }).send(item, target);

  it.each([
    [{ status: 200 }, { outcome: { kind: "sent" } }],
    [{ status: 204 }, { outcome: { kind: "sent" } }],
    [{ status: 301 }, { outcome: { kind: "failed", error: "It answered 301." } }],
    [{ status: 400 }, { outcome: { kind: "failed" } }],
    [{ status: 410 }, { outcome: { kind: "refused" }, gone: true }],
    [{ status: 429, headers: { "retry-after": "7" } }, { outcome: { kind: "failed", retryAfterMs: 7000 } }],
    [
      new OutboundFailed("No answer within 1000 ms."),
      { outcome: { kind: "failed", error: "No answer within 1000 ms." } },
    ],
    [new OutboundRefused("The host is not a public one."), { outcome: { kind: "refused" } }],
  ])("%j", async (answer, expected) => {
    const attempted = await answering(answer);
    expect(attempted).toMatchObject(expected);
    const kept = JSON.stringify(attempted);
    expect(kept).toContain("https://hooks.example.com/x?redacted");
    expect(kept).not.toContain("key=secret");
    expect(kept).not.toContain("v1,");
  });
});

describe("mail", () => {
  const reply = { conversationId: 5, ticketId: 12, title: "", mails: [] as string[] } as never as Parameters<
    typeof mailSubject
  >[0];

  it("stands under the mails before it, back to one root; its id is the same at every attempt", () => {
    const place = (mails: string[]) => mailPlace({ stableId: "msg_3" }, { ...reply, mails }, "desk.example");
    const root = "<conversation-5@desk.example>";
    expect(place([])).toEqual({ messageId: "<msg_3@desk.example>", inReplyTo: root, references: [root] });
    expect(place(["<a@x>", "<msg_3@desk.example>"])).toMatchObject({ inReplyTo: "<a@x>", references: [root, "<a@x>"] });
    const many = Array.from({ length: 60 }, (_, n) => `<${n}@x>`);
    expect(place(many).references).toHaveLength(21);
    expect(place(many).inReplyTo).toBe("<59@x>");
  });

  it("has a subject of one line, and the sender's domain", () => {
    expect(mailSubject({ ...reply, title: "Loan\r\nBcc: x@y" })).toBe("Re: Loan Bcc: x@y [#12]");
    expect(mailSubject(reply)).toBe("Re: Your message [#12]");
    expect([domainOf("Support <a@desk.example>"), domainOf("a@b.example"), domainOf("none")]).toEqual([
      "desk.example",
      "b.example",
      "localhost",
    ]);
  });

  it.each([
    [{ responseCode: 550, command: "RCPT TO" }, "refused", true],
    [{ responseCode: 552, command: "RCPT TO" }, "refused", false],
    [{ responseCode: 554, command: "DATA" }, "refused", false],
    [{ responseCode: 535, code: "EAUTH" }, "failed", false],
    [{ responseCode: 451, command: "RCPT TO" }, "failed", false],
    [{ code: "ECONNECTION" }, "failed", false],
  ])("%j is %s", (fault, kind, bounces) => {
    const { outcome, bounce } = smtpFault(Object.assign(new Error("words"), fault), "a@b.example");
    expect([outcome.kind, bounce !== undefined]).toEqual([kind, bounces]);
  });
});

it("a sealed secret is opened by the desk's secret, or one before it, and by no other", () => {
  const sealed = openSecretBox("one").seal("whsec_x");
  expect(sealed).not.toContain("whsec_x");
  expect(openSecretBox("two", ["one"]).unseal(sealed)).toBe("whsec_x");
  expect(() => openSecretBox("two").unseal(sealed)).toThrow("JWT_PREVIOUS_SECRETS");
});
