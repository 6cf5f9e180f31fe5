import type { ErrorCode } from "../domain/errors.js";

/** The HTTP status of each refusal (CONTRACT.md 0 and 1). A code without one does not compile. */
export const httpStatusOf = {
  invalid_body: 400,
  invalid_json: 400,
  invalid_query: 400,
  invalid_agent_id: 400,
  empty_reply: 400,
  unauthorized: 401,
  invalid_credentials: 401,
  forbidden: 403,
  not_your_agent: 403,
  not_assigned_to_you: 403,
  host_not_allowed: 403,
  origin_not_allowed: 403,
  registration_closed: 403,
  not_found: 404,
  message_not_found: 404,
  agent_not_found: 404,
  canned_not_found: 404,
  customer_not_found: 404,
  user_not_found: 404,
  ticket_not_found: 404,
  queue_not_found: 404,
  api_key_not_found: 404,
  method_not_allowed: 405,
  already_claimed: 409,
  already_closed: 409,
  at_capacity: 409,
  not_claimed: 409,
  not_closed: 409,
  conversation_busy: 409,
  stale_version: 409,
  shortcut_taken: 409,
  email_taken: 409,
  queue_taken: 409,
  topic_taken: 409,
  user_id_taken: 409,
  last_admin: 409,
  is_customer: 409,
  request_in_progress: 409,
  idempotency_key_reused: 422,
  rate_limited: 429,
  too_large: 413,
  request_timeout: 408,
  url_too_long: 414,
  headers_too_large: 431,
  overloaded: 503,
  unavailable: 503,
  internal_error: 500,
} as const satisfies Record<ErrorCode, number>;

/** The body of every error answer. */
export interface Problem {
  status: ErrorCode;
  detail: string;
  errors?: { path: string; message: string }[];
  [fact: string]: unknown;
}
