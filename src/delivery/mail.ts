import type { Outgoing, OutgoingReply } from "../contract/outgoing.js";

/** The part of a mail that says where it belongs. */
export interface MailPlace {
  messageId: string;
  inReplyTo: string;
  references: string[];
}

/** Mails of a conversation that `References` names at most, beside its root (RFC 5322 sets no bound, servers do). */
const referencesMax = 20;

/** The domain of an address such as `Support <support@desk.example>`. */
export function domainOf(from: string): string {
  return /@([^<>@\s]+)>?\s*$/.exec(from)?.[1] ?? "localhost";
}

/**
 * Where a reply stands among the mails of its conversation (RFC 5322 3.6.4): its Message-ID is the same at every attempt;
 * it answers the mail before it, and all of them go back to one root, so that a lost one breaks no thread.
 */
export function mailPlace(item: Pick<Outgoing, "stableId">, reply: OutgoingReply, domain: string): MailPlace {
  const root = `<conversation-${reply.conversationId}@${domain}>`;
  const messageId = `<${item.stableId}@${domain}>`;
  const before = reply.mails.filter((mail) => mail !== messageId).slice(-referencesMax);
  return { messageId, inReplyTo: before.at(-1) ?? root, references: [root, ...before] };
}

/** What the mail is about: the conversation's title, else the ticket. No line ends: a header is one line. */
export function mailSubject({ title, ticketId, conversationId }: OutgoingReply): string {
  const about = title.replace(/\p{Cc}+/gu, " ").trim();
  return `Re: ${about === "" ? "Your message" : about} [#${ticketId ?? conversationId}]`;
}
