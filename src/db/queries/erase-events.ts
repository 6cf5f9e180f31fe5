import { type RawBuilder, sql } from "kysely";
import { agentsStream, conversationStream } from "../../contract/events.js";
import type { Executor } from "../database.js";
import type { ConversationToErase } from "./erase-customer.js";

/** Whose words are to leave the log, and where they are. */
export interface EventsToErase {
  customerId: number;
  /** The outside id that stands in place of the customer's own. */
  alias: string;
  conversations: readonly ConversationToErase[];
}

/**
 * Takes a customer's words out of events that have no place yet. Before `eraseEvents`, in a statement of its own: a row
 * that the sequencer takes meanwhile is in the log when this returns, and what stays here leaves without them. Short: the
 * sequencer waits for the rows that this has locked.
 */
export async function eraseOutbox(tx: Executor, what: EventsToErase): Promise<void> {
  await erase(tx, sql`outbox`, what);
}

/**
 * The same in the log, in every day that is kept. Streams, positions and types stay as they are: no reader of a stream
 * finds a hole (I4), it finds tombstones.
 */
export async function eraseEvents(tx: Executor, what: EventsToErase): Promise<void> {
  await erase(tx, sql`events`, what);
}

async function erase(tx: Executor, log: RawBuilder<unknown>, what: EventsToErase): Promise<void> {
  const { customerId, alias, conversations } = what;
  const whole = conversations.filter((one) => one.whole).map((one) => one.id);
  const others = conversations.filter((one) => !one.whole).map((one) => one.id);
  const tombstone = sql`payload || jsonb_build_object('message', payload->'message' || jsonb_build_object(
      'text', '', 'metadata', null, 'attachment', null, 'client_id', null,
      'deleted_at', coalesce(payload->'message'->>'deleted_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
    || CASE WHEN payload->'message'->'sender'->>'id' = ${String(customerId)}
            THEN jsonb_build_object('sender', payload->'message'->'sender' || '{"name": ""}') ELSE '{}' END)`;
  // Who takes part is told by name; of a conversation that goes as a whole, or that the customer opened, its title goes too.
  const nameless = sql`payload || jsonb_build_object('participants', (
    SELECT coalesce(jsonb_agg(CASE WHEN one->>'user_id' = ${String(customerId)} THEN one || '{"name": ""}' ELSE one END
                              ORDER BY place), '[]')
    FROM jsonb_array_elements(payload->'participants') WITH ORDINALITY AS given(one, place)))`;
  const kept = conversations.filter((one) => !one.whole && !one.own).map((one) => one.id);
  const gone = conversations.filter((one) => one.whole || one.own).map((one) => one.id);
  for (const [ids, untitled] of [
    [gone, sql`|| '{"title": ""}'`],
    [kept, sql``],
  ] as const) {
    if (ids.length === 0) continue;
    await sql`
      UPDATE ${log} SET payload = ${nameless} ${untitled}
      WHERE stream = ANY(${ids.map(conversationStream)}::text[]) AND type = 'conversation'`.execute(tx);
  }
  if (whole.length > 0) {
    await sql`
      UPDATE ${log} SET payload = ${tombstone}
      WHERE stream = ANY(${whole.map(conversationStream)}::text[]) AND payload ? 'message'`.execute(tx);
    await sql`
      UPDATE ${log} SET payload = payload || jsonb_build_object('body', '', 'user_id', ${alias}::text)
      WHERE type = 'message_new' AND stream = ${agentsStream} AND (payload->>'message_id')::bigint = ANY(ARRAY(
        SELECT id FROM tickets WHERE conversation_id = ANY(${whole}::bigint[]) AND customer_id = ${customerId}
      ))`.execute(tx);
  }
  if (others.length > 0) {
    await sql`
      UPDATE ${log} SET payload = ${tombstone}
      WHERE stream = ANY(${others.map(conversationStream)}::text[]) AND payload ? 'message'
        AND payload->'message'->'sender'->>'id' = ${String(customerId)}`.execute(tx);
  }
}
