import type { PoolClient } from "pg";
import { type OutboxEvent, outboxColumns } from "../outbox.js";

/** A conversation in which things are said in a group; its row is locked. */
export interface GatheredTalk {
  id: number;
  lastSeq: number;
  kind: "direct" | "bot";
}

/** What somebody is about to say. */
export interface ToSay {
  conversationId: number;
  senderId: number;
  clientId: string | null;
}

/** Whether it may be said, and what it is if it is: its id and time. */
export interface Permit {
  /** Its sender takes part and was not erased, and did not say it before. */
  granted: boolean;
  /** Of the conversation as it was asked for, also one that is not locked; null: there is none. */
  kind: "support" | "direct" | "bot" | null;
  id: number;
  at: Date;
}

/** Something that is said, with the conversation's next `seq`. */
export interface Said {
  id: number;
  conversationId: number;
  seq: number;
  senderId: number;
  text: string;
  metadata: Record<string, unknown> | null;
  clientId: string | null;
}

/**
 * Locks the conversations of a group in one order for all groups: no two of them wait for each other. A support case is
 * left alone: what is said there moves its ticket, and is locked after its agent.
 */
export const lockTalks = {
  name: "lock-talks",
  text: `SELECT id, last_seq AS "lastSeq", kind FROM conversations
         WHERE id = ANY($1::bigint[]) AND kind <> 'support' AND deleted_at IS NULL AND erased_at IS NULL
         ORDER BY id FOR NO KEY UPDATE`,
};

/**
 * What is to be said, in the order in which it was asked; a statement of its own, so that it sees what those committed
 * for whom the locks waited. Who looks on and takes no part is not granted here, nor is what was said before.
 */
export const grantPermits = {
  name: "grant-permits",
  text: `
    SELECT (SELECT c.kind FROM conversations c WHERE c.id = s.conversation) AS kind,
           EXISTS (SELECT FROM participants p
                   WHERE p.conversation_id = s.conversation AND p.user_id = s.sender AND p.role <> 'agent')
             AND NOT EXISTS (SELECT FROM customers e WHERE e.id = s.sender AND e.erased_at IS NOT NULL)
             AND NOT EXISTS (SELECT FROM messages m
                             WHERE m.conversation_id = s.conversation AND m.sender_id = s.sender AND m.client_id = s.mark)
             AS granted,
           nextval('messages_id_seq') AS id, now() AS at, s.n
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY AS s(conversation, sender, mark, n)`,
};

/** All that a group writes, in one statement: what is said, the conversations' counts, and what is told of it, in order. */
export const sayGathered = {
  name: "say-gathered",
  text: `
    WITH counted AS (
      UPDATE conversations c SET last_seq = t.last_seq, last_message_at = now()
      FROM unnest($1::bigint[], $2::int[]) AS t(id, last_seq) WHERE c.id = t.id
    ), said AS (
      INSERT INTO messages (id, conversation_id, seq, sender_id, text, metadata, client_id)
      SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::int[], $6::bigint[], $7::text[], $8::jsonb[], $9::text[])
    )
    INSERT INTO outbox (stream, type, payload, request_id, stage, subject_id)
    SELECT * FROM unnest($10::text[], $11::text[], $12::jsonb[], $13::text[], $14::text[], $15::bigint[])`,
};

/** Locks those of the conversations in which things can be said in a group, by id. */
export async function lockTalksOf(client: PoolClient, ids: readonly number[]): Promise<Map<number, GatheredTalk>> {
  const { rows } = await client.query<GatheredTalk>({ ...lockTalks, values: [[...new Set(ids)]] });
  return new Map(rows.map((talk) => [talk.id, talk]));
}

/** One permit for each, in their order; those that are not granted are nothing that was said. */
export async function permitsFor(client: PoolClient, words: readonly ToSay[]): Promise<Permit[]> {
  const { rows } = await client.query<Permit & { n: number }>({
    ...grantPermits,
    values: [
      words.map((word) => word.conversationId),
      words.map((word) => word.senderId),
      words.map((word) => word.clientId),
    ],
  });
  return rows.sort((left, right) => left.n - right.n);
}

/** Writes what is said, in conversations that the caller has locked, and tells it. */
export async function writeSaid(client: PoolClient, said: readonly Said[], events: OutboxEvent[]): Promise<void> {
  // The latest of each conversation stands last.
  const lastSeqs = new Map(said.map(({ conversationId, seq }) => [conversationId, seq]));
  await client.query({
    ...sayGathered,
    values: [
      [...lastSeqs.keys()],
      [...lastSeqs.values()],
      said.map((word) => word.id),
      said.map((word) => word.conversationId),
      said.map((word) => word.seq),
      said.map((word) => word.senderId),
      said.map((word) => word.text),
      said.map((word) => word.metadata && JSON.stringify(word.metadata)),
      said.map((word) => word.clientId),
      ...outboxColumns(events, null),
    ],
  });
}
