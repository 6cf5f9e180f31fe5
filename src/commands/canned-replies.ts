import { sql } from "kysely";
import { sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import type { CommandContext } from "./context.js";

export interface CannedReply {
  id: number;
  title: string;
  text: string;
  shortcut: string | null;
  uses: number;
}

export interface CannedInput {
  title: string;
  text: string;
  shortcut?: string | null | undefined;
}

type Ctx = Pick<CommandContext, "db" | "actor">;

const columns = ["id", "title", "text", "shortcut", "uses"] as const;
const notFound = () => new Refusal("canned_not_found", "There is no such canned reply.");

/** Runs a write whose shortcut may be taken: two replies never answer to one shortcut. */
async function withFreeShortcut<T>(shortcut: string | null | undefined, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (sqlState(error) !== "23505") throw error;
    throw new Refusal("shortcut_taken", "Another canned reply has this shortcut.", { shortcut: shortcut ?? null });
  }
}

/** Adds a canned reply. Throws `shortcut_taken`. */
export async function createCanned(ctx: Ctx, input: CannedInput): Promise<CannedReply> {
  requirePermission(ctx.actor, "canned.write");
  const values = { title: input.title, text: input.text, shortcut: input.shortcut ?? null };
  return withFreeShortcut(input.shortcut, () =>
    ctx.db.kysely.insertInto("canned_replies").values(values).returning(columns).executeTakeFirstOrThrow(),
  );
}

/** Changes what is given of a canned reply. Throws `canned_not_found`, `shortcut_taken`. */
export async function updateCanned(
  ctx: Ctx,
  input: { id: number } & { [Key in keyof CannedInput]?: CannedInput[Key] | undefined },
): Promise<CannedReply> {
  requirePermission(ctx.actor, "canned.write");
  const row = await withFreeShortcut(input.shortcut, () =>
    ctx.db.kysely
      .updateTable("canned_replies")
      .set({
        updated_at: sql<Date>`now()`,
        ...(input.title !== undefined ? { title: input.title } : {}),
        ...(input.text !== undefined ? { text: input.text } : {}),
        ...(input.shortcut !== undefined ? { shortcut: input.shortcut } : {}),
      })
      .where("id", "=", input.id)
      .returning(columns)
      .executeTakeFirst(),
  );
  if (!row) throw notFound();
  return row;
}

/** Removes a canned reply; the messages that were said with it stay. Throws `canned_not_found`. */
export async function deleteCanned(ctx: Ctx, input: { id: number }): Promise<void> {
  requirePermission(ctx.actor, "canned.write");
  const row = await ctx.db.kysely
    .deleteFrom("canned_replies")
    .where("id", "=", input.id)
    .returning("id")
    .executeTakeFirst();
  if (!row) throw notFound();
}
