import { sql } from "kysely";
import { inTransaction, sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
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

type Ctx = Pick<CommandContext, "db" | "actor" | "requestId">;

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
    inTransaction(ctx.db, async (tx) => {
      const row = await tx.insertInto("canned_replies").values(values).returning(columns).executeTakeFirstOrThrow();
      await recordAudit(tx, ctx, { action: "canned.create", subject: { kind: "canned", id: row.id }, after: values });
      return row;
    }),
  );
}

/** Changes what is given of a canned reply. Throws `canned_not_found`, `shortcut_taken`. */
export async function updateCanned(
  ctx: Ctx,
  input: { id: number } & { [Key in keyof CannedInput]?: CannedInput[Key] | undefined },
): Promise<CannedReply> {
  requirePermission(ctx.actor, "canned.write");
  return withFreeShortcut(input.shortcut, () =>
    inTransaction(ctx.db, async (tx) => {
      const before = await tx
        .selectFrom("canned_replies")
        .select(["title", "text", "shortcut"])
        .where("id", "=", input.id)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (!before) throw notFound();
      const row = await tx
        .updateTable("canned_replies")
        .set({
          updated_at: sql<Date>`now()`,
          ...(input.title !== undefined ? { title: input.title } : {}),
          ...(input.text !== undefined ? { text: input.text } : {}),
          ...(input.shortcut !== undefined ? { shortcut: input.shortcut } : {}),
        })
        .where("id", "=", input.id)
        .returning(columns)
        .executeTakeFirstOrThrow();
      const { title, text, shortcut } = row;
      const after = { title, text, shortcut };
      await recordAudit(tx, ctx, { action: "canned.update", subject: { kind: "canned", id: row.id }, before, after });
      return row;
    }),
  );
}

/** Removes a canned reply; the messages that were said with it stay. Throws `canned_not_found`. */
export async function deleteCanned(ctx: Ctx, input: { id: number }): Promise<void> {
  requirePermission(ctx.actor, "canned.write");
  await inTransaction(ctx.db, async (tx) => {
    const before = await tx
      .deleteFrom("canned_replies")
      .where("id", "=", input.id)
      .returning(["title", "text", "shortcut"])
      .executeTakeFirst();
    if (!before) throw notFound();
    await recordAudit(tx, ctx, { action: "canned.delete", subject: { kind: "canned", id: input.id }, before });
  });
}
