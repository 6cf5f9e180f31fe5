import type { Executor } from "../database.js";

/** A prompt's row. */
export interface PromptRow {
  id: number;
  title: string;
  text: string;
  order: number;
  isActive: boolean;
}

/** More than anybody reads, and than a bot compares with. */
const promptsMax = 200;

/** The prompts in their order; `inactive`: also those that are switched off. */
export async function readPrompts(db: Executor, { inactive }: { inactive: boolean }): Promise<PromptRow[]> {
  const rows = await db
    .selectFrom("prompts")
    .select(["id", "title", "text", "sort_order as order", "is_active as isActive"])
    .$if(!inactive, (query) => query.where("is_active", "=", true))
    .orderBy("sort_order")
    .orderBy("id")
    .limit(promptsMax)
    .execute();
  return rows;
}

/** One prompt, or null. */
export async function readPrompt(db: Executor, id: number): Promise<PromptRow | null> {
  const row = await db
    .selectFrom("prompts")
    .select(["id", "title", "text", "sort_order as order", "is_active as isActive"])
    .where("id", "=", id)
    .executeTakeFirst();
  return row ?? null;
}
