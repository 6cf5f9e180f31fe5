import { type Kysely, sql } from "kysely";

/**
 * What becomes of disputes and payments; what somebody in a conversation was sent; and the order of a user's threads in an
 * index. Locks: disputes and payments for an instant each (they are small: a row is one act of a person); participants
 * against writes while its threads get their place and its index is built anew (seconds a million rows); conversations for
 * an instant (its trigger).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [disputes, payments, delivered, talks]) await sql.raw(statement).execute(db);
}

// The row as it stands, and who brought it there with which words: of one that nobody has changed yet, nothing. What was
// before stands in the messages that told of it.
const disputes = `
ALTER TABLE disputes
  ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
  ADD COLUMN changed_by bigint REFERENCES users ON DELETE SET NULL,
  ADD COLUMN changed_at timestamptz;
UPDATE disputes SET changed_at = updated_at WHERE status <> 'open';
ALTER TABLE disputes ADD CONSTRAINT disputes_changed CHECK ((status = 'open') = (changed_at IS NULL));
CREATE INDEX disputes_changed_by ON disputes (changed_by) WHERE changed_by IS NOT NULL;
`;

const payments = `
ALTER TABLE payments
  ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
  ADD COLUMN changed_by bigint REFERENCES users ON DELETE SET NULL,
  ADD COLUMN changed_at timestamptz;
UPDATE payments SET changed_at = updated_at WHERE status <> 'initiated';
ALTER TABLE payments
  DROP CONSTRAINT payments_status_check,
  ADD CONSTRAINT payments_status_check
    CHECK (status IN ('initiated', 'processing', 'completed', 'failed', 'cancelled', 'refunded')),
  ADD CONSTRAINT payments_changed CHECK ((status = 'initiated') = (changed_at IS NULL));
CREATE INDEX payments_changed_by ON payments (changed_by) WHERE changed_by IS NOT NULL;
`;

// How far a participant was sent what was said: in no index, so that an update of it stays on its page.
const delivered = `
ALTER TABLE participants ADD COLUMN last_delivered_seq integer NOT NULL DEFAULT 0 CHECK (last_delivered_seq >= 0);
`;

// A thread's latest message, kept with each of its participants: a user's list is a walk of its own part of one index. Of
// other conversations a user has few, and staff lists them by an index of their own: they have no place here (null), and
// what comes in writes none. Kept by the conversation's lock, as its last_message_at is.
const talks = `
ALTER TABLE participants ADD COLUMN talk_at timestamptz;
UPDATE participants p SET talk_at = coalesce(c.last_message_at, c.created_at)
FROM conversations c WHERE c.id = p.conversation_id AND c.kind = 'direct';
DROP INDEX participants_user;
CREATE INDEX participants_user ON participants (user_id, talk_at DESC, conversation_id DESC);

CREATE FUNCTION place_in_talks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT coalesce(c.last_message_at, c.created_at) INTO NEW.talk_at
  FROM conversations c WHERE c.id = NEW.conversation_id AND c.kind = 'direct';
  RETURN NEW;
END $$;
CREATE TRIGGER participants_place BEFORE INSERT ON participants FOR EACH ROW
  WHEN (NEW.role = 'member') EXECUTE FUNCTION place_in_talks();

CREATE FUNCTION move_talk() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET jit = off AS $$
BEGIN
  UPDATE participants SET talk_at = coalesce(NEW.last_message_at, NEW.created_at) WHERE conversation_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER conversations_move_talk AFTER UPDATE OF last_message_at ON conversations FOR EACH ROW
  WHEN (NEW.kind = 'direct' AND NEW.last_message_at IS DISTINCT FROM OLD.last_message_at) EXECUTE FUNCTION move_talk();
`;
