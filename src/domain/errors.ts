/** Every way in which a call can be refused. Closed: a code that is not here does not compile. */
export const errorCodes = [
  "invalid_body",
  "invalid_json",
  "invalid_query",
  "invalid_agent_id",
  "empty_reply",
  "unauthorized",
  "invalid_credentials",
  "forbidden",
  "not_your_agent",
  "not_assigned_to_you",
  "type_reserved",
  "not_your_message",
  "host_not_allowed",
  "origin_not_allowed",
  "registration_closed",
  "not_found",
  "message_not_found",
  "agent_not_found",
  "canned_not_found",
  "customer_not_found",
  "user_not_found",
  "ticket_not_found",
  "queue_not_found",
  "api_key_not_found",
  "webhook_not_found",
  "delivery_not_found",
  "attachment_not_found",
  "prompt_not_found",
  "thread_not_found",
  "dispute_not_found",
  "payment_not_found",
  "conversation_not_found",
  "method_not_allowed",
  "already_claimed",
  "already_closed",
  "at_capacity",
  "not_claimed",
  "not_closed",
  "conversation_busy",
  "handed_over",
  "thread_taken",
  "message_deleted",
  "invalid_transition",
  "stale_version",
  "shortcut_taken",
  "email_taken",
  "queue_taken",
  "topic_taken",
  "user_id_taken",
  "title_taken",
  "too_many_webhooks",
  "not_retriable",
  "last_admin",
  "is_customer",
  "request_in_progress",
  "idempotency_key_reused",
  "rate_limited",
  "too_large",
  "type_not_allowed",
  "request_timeout",
  "url_too_long",
  "headers_too_large",
  "overloaded",
  "unavailable",
  "internal_error",
] as const;

/** A reason for refusing a call. */
export type ErrorCode = (typeof errorCodes)[number];

/** One fault in what was sent: where, and what is wrong with it. */
export interface FieldFault {
  path: string;
  message: string;
}

/**
 * A refusal that the caller can understand: a code, a sentence, and facts that belong to it (`by`, `version` …).
 * It knows no transport: contract/problems maps the code to HTTP and to close codes.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ErrorCode;
  readonly facts: Record<string, unknown>;
  constructor(code: ErrorCode, detail: string, facts: Record<string, unknown> = {}) {
    super(detail);
    this.code = code;
    this.facts = facts;
  }
}
