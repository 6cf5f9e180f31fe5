import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { Stage } from "../contract/events.js";
import type { DisputeStatus, PaymentStatus } from "../domain/matters.js";
import type { Role } from "../domain/policy.js";
import type { TicketStatus, UrgencyLevel } from "../domain/ticket.js";

type Made = ColumnType<Date, Date | undefined, Date>;
type Time = ColumnType<Date, Date, Date>;
type Json = Record<string, unknown>;

/** The tables as Kysely sees them; migrations/ is the truth, a test holds the two equal. */
export interface Tables {
  users: {
    id: Generated<number>;
    role: Role;
    name: Generated<string>;
    email: string | null;
    password_hash: string | null;
    token_version: Generated<number>;
    disabled_at: Time | null;
    deleted_at: Time | null;
    external_issuer: string | null;
    external_subject: string | null;
    created_at: Made;
    updated_at: Made;
  };
  agents: {
    id: number;
    capacity: Generated<number>;
    availability: Generated<"online" | "away" | "offline">;
    availability_by: Generated<"system" | "socket" | "call">;
    deleted_at: Time | null;
    disabled_at: Time | null;
    created_at: Made;
    updated_at: Made;
  };
  customers: {
    id: number;
    user_id: string;
    email: string | null;
    phone: string | null;
    attributes: JSONColumnType<Json, string | undefined, string>;
    open_tickets: Generated<number>;
    total_tickets: Generated<number>;
    last_seen_at: Time | null;
    erased_at: Time | null;
    created_at: Made;
    updated_at: Made;
  };
  queues: { name: string; topics: Generated<string[]>; created_at: Made };
  agent_queues: { agent_id: number; queue: string };
  agent_liveness: {
    agent_id: number;
    last_seen_at: Time | null;
    socket_seen_at: Time | null;
    online_until: Time | null;
    last_assigned_at: Time | null;
  };
  conversations: {
    id: Generated<number>;
    kind: Generated<"support" | "direct" | "bot">;
    title: Generated<string>;
    channel: Generated<string>;
    created_by: number | null;
    participant_key: string | null;
    last_seq: Generated<number>;
    last_message_at: Time | null;
    is_archived: Generated<boolean>;
    erased_at: Time | null;
    job_id: number | null;
    deleted_at: Time | null;
    created_at: Made;
  };
  presence: {
    conversation_id: number;
    user_id: number;
    relay_id: string;
    expires_at: Time;
  };
  participants: {
    conversation_id: number;
    user_id: number;
    role: "customer" | "agent" | "member";
    joined_at: Made;
    last_read_seq: Generated<number>;
    last_read_at: Time | null;
    unread_count: Generated<number>;
  };
  disputes: {
    id: Generated<number>;
    conversation_id: number;
    message_id: number | null;
    created_by: number | null;
    subject: string;
    description: string;
    amount: ColumnType<string | null, number | null, number | null>;
    status: Generated<DisputeStatus>;
    created_at: Made;
    updated_at: Made;
  };
  payments: {
    id: Generated<number>;
    conversation_id: number;
    message_id: number | null;
    created_by: number | null;
    amount: ColumnType<string, number, number>;
    currency: Generated<string>;
    description: Generated<string>;
    status: Generated<PaymentStatus>;
    created_at: Made;
    updated_at: Made;
  };
  job_updates: {
    id: Generated<number>;
    conversation_id: number;
    message_id: number | null;
    created_by: number | null;
    job_status: string;
    note: Generated<string>;
    created_at: Made;
  };
  canned_replies: {
    id: Generated<number>;
    title: string;
    text: string;
    shortcut: string | null;
    uses: Generated<number>;
    created_at: Made;
    updated_at: Made;
  };
  prompts: {
    id: Generated<number>;
    title: string;
    text: string;
    sort_order: Generated<number>;
    is_active: Generated<boolean>;
    created_at: Made;
  };
  messages: {
    id: Generated<number>;
    conversation_id: number;
    seq: number;
    sender_id: number | null;
    kind: Generated<"text" | "system" | "payment" | "dispute" | "job_update" | "bot" | "note">;
    text: string;
    metadata: JSONColumnType<Json, string | null, string | null> | null;
    client_id: string | null;
    intake_id: string | null;
    import_key: Buffer | null;
    canned_id: number | null;
    ticket_version: number | null;
    edited_at: Time | null;
    deleted_at: Time | null;
    created_at: Made;
    tsv: ColumnType<string, never, never>;
  };
  attachments: {
    id: Generated<number>;
    uploader_id: number;
    message_id: number | null;
    store_key: string;
    name: string;
    size: number;
    type: string;
    created_at: Made;
  };
  bot_days: { day: string; tokens: Generated<number> };
  bot_usage: { conversation_id: number; tokens: Generated<number> };
  leftover_files: { store_key: string; created_at: Made };
  urgency_scores: {
    id: Generated<number>;
    message_id: number;
    model: string;
    score: number;
    level: UrgencyLevel;
    topic: string;
    raw: number;
    terms: JSONColumnType<{ term: string; stem: string; weight: number; start: number; end: number }[]>;
    created_at: Made;
  };
  urgency_labels: {
    id: Generated<number>;
    message_id: number;
    level: UrgencyLevel;
    reason: Generated<string>;
    user_id: number | null;
    created_at: Made;
  };
  tickets: {
    id: Generated<number>;
    conversation_id: number;
    customer_id: number;
    opening_message_id: number;
    reply_message_id: number | null;
    status: Generated<TicketStatus>;
    queue: Generated<string>;
    urgency: number | null;
    urgency_level: UrgencyLevel | null;
    topic: string | null;
    urgency_score_id: number | null;
    due_at: Time;
    first_unanswered_at: Time | null;
    follow_ups: Generated<number>;
    customer_seq: Generated<number>;
    snoozed_until: Time | null;
    assignee_id: number | null;
    assigned_at: Time | null;
    preferred_agent_id: number | null;
    level_floor: UrgencyLevel | null;
    version: Generated<number>;
    scored_at: Time | null;
    routed_at: Time | null;
    closed_at: Time | null;
    sold_at: Time | null;
    created_at: Made;
    updated_at: Made;
  };
  assignments: {
    id: Generated<number>;
    ticket_id: number;
    from_agent: number | null;
    to_agent: number | null;
    why: string;
    decision: JSONColumnType<Json, string | null, never> | null;
    version: number;
    request_id: string | null;
    created_at: Made;
  };
  deliveries: {
    id: Generated<number>;
    message_id: number;
    ticket_id: number | null;
    conversation_id: number;
    channel: "socket" | "webhook" | "email";
    status: Generated<"pending" | "sent" | "failed">;
    attempts: Generated<number>;
    next_attempt_at: Made;
    sent_at: Time | null;
    last_error: string | null;
    created_at: Made;
  };
  system: { one: Generated<boolean>; epoch: Generated<string>; heartbeat_at: Made; gap_ended_at: Made };
  outbox: {
    id: Generated<number>;
    stream: string;
    type: string;
    payload: JSONColumnType<Json>;
    request_id: string | null;
    stage: Stage | null;
    subject_id: number | null;
    created_at: Made;
  };
  streams: { stream: string; last_pos: number };
  sequencer: { one: Generated<boolean>; last_seq: Generated<number>; published_seq: Generated<number> };
  events: {
    seq: number;
    stream: string;
    pos: number;
    type: string;
    payload: JSONColumnType<Json>;
    request_id: string | null;
    stage: Stage | null;
    subject_id: number | null;
    created_at: Time;
  };
  queue_minutes: {
    minute: Time;
    queue: string;
    level: string;
    depth: Generated<number>;
    oldest_s: Generated<number>;
    received: Generated<number>;
    assigned: Generated<number>;
    closed: Generated<number>;
  };
  queue_minute_marks: {
    one: Generated<boolean>;
    minute: Time | null;
    ticket_id: Generated<number>;
    assignment_id: Generated<number>;
  };
  imports: {
    id: Generated<number>;
    file_key: string;
    name: string;
    records: Generated<number>;
    imported: Generated<number>;
    duplicates: Generated<number>;
    rejected: Generated<number>;
    started_at: Made;
    finished_at: Time | null;
  };
  refresh_tokens: {
    family_id: Generated<string>;
    token_hash: Buffer;
    user_id: number;
    created_at: Made;
    renewed_at: Made;
    expires_at: Time;
  };
  api_keys: {
    id: Generated<number>;
    name: string;
    key_hash: Buffer;
    created_by: number | null;
    created_at: Made;
    last_used_at: Time | null;
    revoked_at: Time | null;
    scopes: Generated<string[]>;
  };
  erasures: {
    customer_id: number;
    request_id: string | null;
    begun_at: Made;
    touched_at: Made;
    done_through: Generated<number>;
    scrubbed_seq: number | null;
    finished_at: Time | null;
  };
  idempotency_keys: {
    key_hash: Buffer;
    fingerprint: Buffer;
    status: number;
    headers: Generated<Json>;
    body: string | null;
    sealed: Generated<boolean>;
    created_at: Made;
  };
  audit_log: {
    id: ColumnType<number, never, never>;
    at: ColumnType<Date, Date | undefined, never>;
    actor_kind: ColumnType<string, string, never>;
    actor_id: ColumnType<number | null, number | null, never>;
    actor_name: ColumnType<string, string, never>;
    action: ColumnType<string, string, never>;
    subject_kind: ColumnType<string, string, never>;
    subject_id: ColumnType<string | null, string | null, never>;
    before: ColumnType<Json | null, string | null, never>;
    after: ColumnType<Json | null, string | null, never>;
    request_id: ColumnType<string | null, string | null, never>;
  };
}
