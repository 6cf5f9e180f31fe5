import type { PoolClient } from "pg";
import type { SaidInTalk } from "../talk.js";
import type { AuditRule } from "./audit-rule.js";

/** What was said in threads is there once, in order, counted and told once (I3, I4, I7). */
export const talkRules: readonly AuditRule[] = [
  {
    name: "chat messages that were acknowledged and are not stored",
    holds: "I3",
    broken: `SELECT format('%s as message %s, seq %s', a.client_id, a.message_id, a.seq) FROM talked a
             WHERE a.message_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM uttered m WHERE m.id = a.message_id AND m.conversation_id = a.conversation_id AND m.seq = a.seq
                 AND m.sender_id = a.sender_id AND m.client_id = a.client_id AND m.text = a.text)`,
  },
  {
    name: "chat messages that were never acknowledged",
    holds: "I3",
    broken: "SELECT client_id FROM talked WHERE message_id IS NULL",
  },
  {
    name: "chat messages that are stored twice",
    holds: "I7",
    broken: `SELECT format('%s %s times', m.text, count(*)) FROM uttered m
             GROUP BY m.conversation_id, m.sender_id, m.text HAVING count(*) > 1`,
  },
  {
    name: "threads whose messages have a gap in their order",
    holds: "I3",
    broken: `SELECT format('conversation %s counts %s, its last is %s of %s', c.id, count(m.id), max(m.seq), c.last_seq)
             FROM talks c LEFT JOIN uttered m ON m.conversation_id = c.id
             GROUP BY c.id, c.last_seq HAVING count(m.id) <> c.last_seq OR coalesce(max(m.seq), 0) <> c.last_seq`,
  },
  {
    name: "what one says in a thread stored in another order than it was said",
    holds: "I3",
    broken: `SELECT format('%s: %s after %s', t.client_id, t.seq, t.latest) FROM (
               SELECT client_id, seq, max(seq) OVER (PARTITION BY conversation_id, sender_id ORDER BY n
                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest
               FROM talked) t WHERE t.seq < t.latest`,
  },
  {
    name: "unread counts that are wrong",
    holds: "I3",
    broken: `SELECT format('user %s in %s has %s, counted %s', p.user_id, p.conversation_id, p.unread_count, count(m.id))
             FROM participants p JOIN talks c ON c.id = p.conversation_id
             LEFT JOIN uttered m ON m.conversation_id = c.id AND m.seq > p.last_read_seq AND m.sender_id <> p.user_id
             GROUP BY p.user_id, p.conversation_id, p.unread_count HAVING p.unread_count <> count(m.id)`,
  },
  {
    name: "chat messages announced never or twice",
    holds: "I4",
    broken: `SELECT format('message %s %s times', m.id, count(e.id)) FROM uttered m
             LEFT JOIN announced e ON e.conversation_id = m.conversation_id AND e.id = m.id
             GROUP BY m.id HAVING count(e.id) <> 1`,
  },
];

/** Lays out what the rules ask, in temporary tables of the transaction that is open on `client`. */
export async function collectTalk(
  client: PoolClient,
  conversationIds: readonly number[],
  said: readonly SaidInTalk[],
): Promise<void> {
  const statements: [string, unknown[]?][] = [
    [
      `CREATE TEMP TABLE talked (n int, conversation_id bigint, sender_id bigint, client_id text, text text,
         message_id bigint, seq int) ON COMMIT DROP`,
    ],
    [
      `INSERT INTO talked SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],
         $7::int[])`,
      [
        said.map((_, n) => n),
        said.map((one) => one.conversationId),
        said.map((one) => one.senderId),
        said.map((one) => one.clientId),
        said.map((one) => one.text),
        said.map((one) => one.messageId),
        said.map((one) => one.seq),
      ],
    ],
    ["CREATE TEMP TABLE talks (id bigint, last_seq int) ON COMMIT DROP"],
    ["INSERT INTO talks SELECT id, last_seq FROM conversations WHERE id = ANY($1::bigint[])", [conversationIds]],
    [
      `CREATE TEMP TABLE uttered ON COMMIT DROP AS
         SELECT m.id, m.conversation_id, m.seq, m.sender_id, m.text, m.client_id
         FROM messages m JOIN talks c ON c.id = m.conversation_id`,
    ],
    [
      `CREATE TEMP TABLE announced ON COMMIT DROP AS
         SELECT (e.payload->'message'->>'id')::bigint AS id, c.id AS conversation_id
         FROM talks c JOIN events e ON e.stream = 'conversation:' || c.id WHERE e.type = 'message:new'`,
    ],
    ["CREATE INDEX ON uttered (conversation_id, seq)"],
    ["CREATE INDEX ON announced (id)"],
    ["CREATE INDEX ON talked (conversation_id, sender_id, n)"],
    ["ANALYZE talked; ANALYZE talks; ANALYZE uttered; ANALYZE announced"],
  ];
  for (const [text, values] of statements) await client.query(text, values);
}
