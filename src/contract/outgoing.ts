/** An event as it is sent to a webhook. */
export interface OutgoingEvent {
  kind: "event";
  seq: number;
  stream: string;
  pos: number;
  type: string;
  payload: Record<string, unknown>;
  requestId: string | null;
  at: Date;
}

/** A reply on its way to its customer. */
export interface OutgoingReply {
  kind: "reply";
  replyId: number;
  ticketId: number | null;
  conversationId: number;
  seq: number;
  text: string;
  agent: { id: number; name: string } | null;
  customer: { id: number; userId: string; name: string; email: string | null } | null;
  /** The channel by which the conversation came. */
  channel: string;
  title: string;
  at: Date;
  /** Message-IDs of the mails of this conversation so far, the oldest first. */
  mails: readonly string[];
}

/** What somebody asked for to see whether a webhook works. */
export interface OutgoingTest {
  kind: "test";
  at: Date;
}

/** Something that leaves the desk. */
export interface Outgoing {
  deliveryId: number;
  /** The same at every attempt: what receives it may drop what it has already. */
  stableId: string;
  /** 1 at the first attempt. */
  attempt: number;
  /** What was said before it in its conversation is still on its way, or what was said after it has gone before. */
  outOfOrder: boolean;
  what: OutgoingEvent | OutgoingReply | OutgoingTest;
}

/** Where a webhook is, with the secrets that sign what goes there: the newest first. */
export interface WebhookTarget {
  webhookId: number;
  url: string;
  secrets: readonly string[];
}

/** An attempt's request and answer as they are kept: no words of anybody, no signature. */
export interface AttemptRecord {
  request: Record<string, unknown>;
  answer: Record<string, unknown> | null;
}
