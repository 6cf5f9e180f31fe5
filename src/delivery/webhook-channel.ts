import type { AttemptRecord } from "../contract/outgoing.js";
import type { AttemptOutcome } from "../domain/delivery-rules.js";
import { type Outbound, type OutboundAnswer, OutboundRefused } from "../runtime/outbound.js";
import type { Attempted, WebhookChannel } from "./channel.js";
import { answerText, redactBody, redactHeaders } from "./redact.js";
import { retryAfterMs } from "./retry-after.js";
import { signWebhook } from "./sign-webhook.js";
import { webhookBody } from "./webhook-body.js";

/** Longest answer that is read: nothing is expected in it. */
const answerBytesMax = 64 * 1024;

export interface WebhookChannelOptions {
  /** The guarded way out: public addresses, and what OUTBOUND_ALLOW names. */
  outbound: Outbound;
  /** For all of an attempt, ms. */
  deadlineMs: number;
  now?: () => Date;
}

/**
 * Webhooks by Standard Webhooks (standardwebhooks.com): JSON by POST, signed, with an id that is the same at every attempt.
 * Any 2xx is taken for "has it". A redirect is followed by nobody and counts as a failure; 410 says that the webhook is
 * gone; `Retry-After` of 429 and 503 is honoured. An address that we do not call (private, odd port) is refused for good.
 */
export function openWebhookChannel({
  outbound,
  deadlineMs,
  now = () => new Date(),
}: WebhookChannelOptions): WebhookChannel {
  return {
    name: "webhook",
    async send(item, target): Promise<Attempted> {
      const content = webhookBody(item);
      const body = JSON.stringify(content);
      const at = now();
      const headers = {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
        ...signWebhook(item.stableId, at, body, target.secrets),
      };
      const request = {
        method: "POST",
        url: withoutQuery(target.url),
        headers: { ...headers, "webhook-signature": `[${target.secrets.length} redacted]` },
        body: redactBody(content),
      };
      try {
        const call = { method: "POST", headers, body, deadlineMs, maxBytes: answerBytesMax } as const;
        return answered(request, await outbound(target.url, call), now());
      } catch (error) {
        const refused = error instanceof OutboundRefused;
        return { outcome: { kind: refused ? "refused" : "failed", error: wordsOf(error) }, request, answer: null };
      }
    },
  };
}

function answered(request: AttemptRecord["request"], answer: OutboundAnswer, now: Date): Attempted {
  const { status, headers, body } = answer;
  const kept = { status, headers: redactHeaders(headers), body: answerText(body.toString("utf8")) };
  if (status >= 200 && status < 300) return { outcome: { kind: "sent" }, request, answer: kept };
  const error = `It answered ${status}.`;
  if (status === 410) return { outcome: { kind: "refused", error }, request, answer: kept, gone: true };
  const outcome: AttemptOutcome = { kind: "failed", error, retryAfterMs: retryAfterMs(headers["retry-after"], now) };
  return { outcome, request, answer: kept };
}

/** What stands in a query may be a key. */
function withoutQuery(text: string): string {
  const url = new URL(text);
  if (url.search !== "") url.search = "?redacted";
  return url.href;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = error.cause instanceof Error && "code" in error.cause ? ` (${String(error.cause.code)})` : "";
  return `${error.message}${code}`;
}
