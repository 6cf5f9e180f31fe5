import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { type ApiUnderTest, people } from "../api-under-test.js";

const read = (name: string) => JSON.parse(readFileSync(join(packageRoot, "data", name), "utf8"));

/** The desk's own texts, as the demo has them. */
export async function seedTexts({ db }: ApiUnderTest): Promise<void> {
  for (const { id, title, text } of read("canned-replies.json")) {
    await db.kysely.insertInto("canned_replies").values({ id, title, text, shortcut: null }).execute();
  }
  for (const { title, text, order } of read("prompts.json")) {
    await db.kysely.insertInto("prompts").values({ title, text, sort_order: order }).execute();
  }
}

/** A bot's conversation of a customer in which nothing was said; its id. */
export async function openBotTalk({ db }: ApiUnderTest, customerId: number = people.customer): Promise<number> {
  const { id } = await db.kysely
    .insertInto("conversations")
    .values({ kind: "bot", created_by: customerId })
    .returning("id")
    .executeTakeFirstOrThrow();
  const participant = { conversation_id: id, user_id: customerId, role: "customer" as const };
  await db.kysely.insertInto("participants").values(participant).execute();
  return id;
}

/** What was said, as `kind: text`. */
export async function saidIn({ db }: ApiUnderTest, conversationId: number): Promise<string[]> {
  const rows = await db.kysely
    .selectFrom("messages")
    .select(["kind", "text"])
    .where("conversation_id", "=", conversationId)
    .orderBy("seq")
    .execute();
  return rows.map(({ kind, text }) => `${kind}: ${text}`);
}
