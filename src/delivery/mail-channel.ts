import { createTransport } from "nodemailer";
import type { Outgoing } from "../contract/outgoing.js";
import { withDeadline } from "../runtime/deadline.js";
import type { Attempted, MailChannel } from "./channel.js";
import { domainOf, mailPlace, mailSubject } from "./mail.js";
import { answerText } from "./redact.js";
import { smtpFault } from "./smtp-fault.js";

export interface MailChannelOptions {
  /** smtp://user:password@host:587, or smtps://…:465 */
  url: string;
  /** Whom mails are from. */
  from: string;
  /** Connections to the server at most. */
  connections: number;
  /** For one mail, ms. */
  deadlineMs?: number;
}

/** For one mail, where nothing else is said, ms. */
export const mailDeadlineMs = 30_000;

/** Replies by mail over SMTP, each a plain text under the mails of its conversation. Closed by who opened it. */
export function openMailChannel(options: MailChannelOptions): MailChannel & { close(): void } {
  const { url, from, connections, deadlineMs = mailDeadlineMs } = options;
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: connections,
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = domainOf(from);
  return {
    name: "email",
    async send(item: Outgoing): Promise<Attempted> {
      const { what } = item;
      const address = what.kind === "reply" ? (what.customer?.email ?? null) : null;
      if (what.kind !== "reply" || address === null) {
        const outcome = { kind: "refused", error: "There is no address to send it to." } as const;
        return { outcome, request: {}, answer: null };
      }
      const place = mailPlace(item, what, domain);
      const request = { ...place, to: "[redacted]", text: "[redacted]" };
      const mail = transport.sendMail({
        from,
        // As an object: an address is never parsed as a list of them.
        to: { name: what.customer?.name ?? "", address },
        subject: mailSubject(what),
        text: what.text,
        ...place,
        ...(item.outOfOrder ? { headers: { "X-Switchboard-Out-Of-Order": "true" } } : {}),
      });
      mail.catch(() => undefined);
      try {
        const { response } = await withDeadline(mail, deadlineMs, "the mail");
        return {
          outcome: { kind: "sent" },
          request,
          answer: { status: 250, body: answerText(response) },
          mailId: place.messageId,
        };
      } catch (error) {
        return { request, ...smtpFault(error, address) };
      }
    },
    close: () => transport.close(),
  };
}
