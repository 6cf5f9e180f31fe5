/** A reply on its way to the customer, as a channel is given it. */
export interface OutgoingReply {
  /** Stable: the same at every attempt. What receives it may drop what it has already. */
  deliveryId: number;
  messageId: number;
  conversationId: number;
  ticketId: number | null;
  text: string;
  /** 1 at the first attempt. */
  attempt: number;
}

/**
 * What an attempt came to. `failed` is tried again after `retryAfterMs`; with null it is given up (parked), and what
 * comes after it in the conversation may go.
 */
export type DeliveryResult = { kind: "sent" } | { kind: "failed"; error: string; retryAfterMs: number | null };

/**
 * A way to a customer: socket, webhook, e-mail. `send` may be called twice for one delivery (at least once, with a
 * stable id) and is called in order within a conversation: never for a reply while an earlier one of its conversation
 * is still to be tried. A refusal of the other side is a result; a throw means that the attempt itself broke and is
 * treated as `failed` with a retry.
 */
export interface DeliveryChannel {
  readonly name: "socket" | "webhook" | "email";
  /** It only takes note of what has happened already: it cannot fail, and many are recorded together. */
  readonly isNote?: true;
  send(reply: OutgoingReply, signal: AbortSignal): Promise<DeliveryResult>;
}
