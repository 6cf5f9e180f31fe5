import type { AttemptRecord, Outgoing, WebhookTarget } from "../contract/outgoing.js";
import type { AttemptOutcome } from "../domain/delivery-rules.js";

/** What an attempt came to, and what of it is kept. */
export interface Attempted extends AttemptRecord {
  outcome: AttemptOutcome;
  /** The webhook says that it is gone for good (410). */
  gone?: true;
  /** The customer's address takes no mail: with the server's code and words. */
  bounce?: { address: string; code: number; answer: string };
  /** The Message-ID of a mail that was taken. */
  mailId?: string;
}

/**
 * A way out of the desk that makes calls. `send` makes one attempt, within a deadline of its own, and says what it came
 * to; it never throws. It may be called twice for one delivery (at least once, with a stable id). Retries, order and the
 * record are the courier's (workers/courier.ts). The socket has no sender: the relay carries the reply from the
 * conversation's stream, and what is left to do is to learn that it was read.
 */
export interface DeliveryChannel<Target> {
  readonly name: "webhook" | "email";
  send(item: Outgoing, target: Target): Promise<Attempted>;
}

export type WebhookChannel = DeliveryChannel<WebhookTarget>;
export type MailChannel = DeliveryChannel<null>;
