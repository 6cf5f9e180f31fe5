import type { ChatMessage } from "../../contract/events.js";
import type { Database } from "../database.js";
import { retried } from "../transaction.js";

/** What somebody is about to say, as it will be told: its `id`, `seq` and `sent_at` are not known yet. */
export interface WordToSay {
  message: Omit<ChatMessage, "id" | "seq" | "sent_at">;
  requestId: string | null;
}

/** What became of one of them. */
export interface SaidTogether {
  /** null: it was not said, for whatever stands against it. */
  said: { id: number; seq: number; at: Date } | null;
  /** Its conversation is a thread, or there is none; a support case or a bot's conversation never becomes one. */
  isThread: boolean;
}

interface Row {
  message_id: number | null;
  message_seq: number;
  said_at: Date;
  is_thread: boolean;
}

/**
 * Says things in threads, in the order given, all in one transaction, which is one round trip (migration 0019); each is
 * told as `message:new`. Waits for no lock. No two of them may bear the same mark of one sender.
 */
export async function sayTogether(db: Database, words: readonly WordToSay[]): Promise<SaidTogether[]> {
  const given = words.map(({ message, requestId }) => ({ message, request_id: requestId }));
  const { rows } = await retried(db, () =>
    db.pool.query<Row>({
      name: "say-together",
      text: "SELECT * FROM say_together($1::jsonb)",
      values: [JSON.stringify(given)],
    }),
  );
  return rows.map(({ message_id: id, message_seq: seq, said_at: at, is_thread: isThread }) => ({
    said: id === null ? null : { id, seq, at },
    isThread,
  }));
}
