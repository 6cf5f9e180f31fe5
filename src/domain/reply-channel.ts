/** What decides by which way a reply goes to its customer. */
export interface ReplySituation {
  /** The customer's socket is open in that conversation. */
  present: boolean;
  /** The reply has waited for its reader on the socket, in vain. */
  waited: boolean;
  /** The enabled webhook that takes replies of this ticket's channel. */
  webhookId: number | null;
  /** The customer has an address that took mail so far, mail can be sent, and the customer did not decline it. */
  mailable: boolean;
}

/** The way that a reply takes. `fallback`: on the socket for a while, then another way. */
export type ReplyRoute =
  | { channel: "socket"; fallback: boolean }
  | { channel: "webhook"; webhookId: number }
  | { channel: "email" };

/**
 * A customer who is in the room reads it there; else it goes where the ticket came from, if a webhook takes that
 * channel's replies; else by mail; else it stands on the conversation's stream until the customer comes.
 */
export function chooseReplyRoute({ present, waited, webhookId, mailable }: ReplySituation): ReplyRoute {
  if (present && !waited) return { channel: "socket", fallback: webhookId !== null || mailable };
  if (webhookId !== null) return { channel: "webhook", webhookId };
  if (mailable) return { channel: "email" };
  return { channel: "socket", fallback: false };
}
