import type { Database } from "../db/database.js";
import { Refusal } from "../domain/errors.js";
import { suggest } from "../urgency/similarity.js";

/** A canned reply that may fit, best first. */
export interface Suggestion {
  id: number;
  title: string;
  text: string;
  shortcut: string | null;
  score: number;
}

const suggestions = 3;
const candidatesMax = 2000;

/** The three canned replies that fit a ticket's first message best, by text similarity. Throws `message_not_found`. */
export async function suggestReplies(ctx: { db: Database }, input: { ticketId: number }): Promise<Suggestion[]> {
  const message = await ctx.db.kysely
    .selectFrom("tickets")
    .innerJoin("messages", "messages.id", "tickets.opening_message_id")
    .select("messages.text")
    .where("tickets.id", "=", input.ticketId)
    .executeTakeFirst();
  if (!message) throw new Refusal("message_not_found", "There is no such message.");
  const candidates = await ctx.db.kysely
    .selectFrom("canned_replies")
    .select(["id", "title", "text", "shortcut"])
    .orderBy("id")
    .limit(candidatesMax)
    .execute();
  return suggest(message.text, candidates, suggestions).flatMap(({ id, score }) => {
    const canned = candidates.find((candidate) => candidate.id === id);
    return canned ? [{ ...canned, score }] : [];
  });
}
