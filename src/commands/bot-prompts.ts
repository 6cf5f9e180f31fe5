import type { Executor } from "../db/database.js";
import type { PromptRow } from "../db/queries/read-prompts.js";
import { inTransaction, sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { recordAudit } from "./audit.js";
import type { CommandContext } from "./context.js";

type Ctx = Pick<CommandContext, "db" | "actor" | "requestId">;
type Fields = Omit<PromptRow, "id">;

const columns = ["id", "title", "text", "sort_order as order", "is_active as isActive"] as const;
const notFound = () => new Refusal("prompt_not_found", "There is no such prompt.");

/** Runs a write whose title may be taken. */
async function withFreeTitle<T>(title: string | undefined, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (sqlState(error) !== "23505") throw error;
    throw new Refusal("title_taken", "Another prompt has this title.", { title: title ?? null });
  }
}

/** The columns of what is given. */
function valuesOf({ title, text, order, isActive }: { [Key in keyof Fields]?: Fields[Key] | undefined }) {
  return {
    ...(title === undefined ? {} : { title }),
    ...(text === undefined ? {} : { text }),
    ...(order === undefined ? {} : { sort_order: order }),
    ...(isActive === undefined ? {} : { is_active: isActive }),
  };
}

/** Adds a prompt. Throws `title_taken`. */
export async function createPrompt(ctx: Ctx, input: Fields): Promise<PromptRow> {
  requirePermission(ctx.actor, "prompt.write");
  return withFreeTitle(input.title, () =>
    inTransaction(ctx.db, async (tx) => {
      const { title, text, order, isActive } = input;
      const row = await tx
        .insertInto("prompts")
        .values({ title, text, sort_order: order, is_active: isActive })
        .returning(columns)
        .executeTakeFirstOrThrow();
      await recordAudit(tx, ctx, {
        action: "prompt.create",
        subject: { kind: "prompt", id: row.id },
        after: factsOf(row),
      });
      return row;
    }),
  );
}

/** Changes what is given of a prompt. Throws `prompt_not_found`, `title_taken`. */
export async function updatePrompt(
  ctx: Ctx,
  input: { id: number } & { [Key in keyof Fields]?: Fields[Key] | undefined },
): Promise<PromptRow> {
  requirePermission(ctx.actor, "prompt.write");
  const { id, ...fields } = input;
  return withFreeTitle(input.title, () =>
    inTransaction(ctx.db, async (tx) => {
      const before = await lock(tx, id);
      const row = await tx
        .updateTable("prompts")
        // Of itself, where nothing is given: there is no update without a column.
        .set((eb) => ({ title: eb.ref("title"), ...valuesOf(fields) }))
        .where("id", "=", id)
        .returning(columns)
        .executeTakeFirstOrThrow();
      const subject = { kind: "prompt", id } as const;
      await recordAudit(tx, ctx, { action: "prompt.update", subject, before: factsOf(before), after: factsOf(row) });
      return row;
    }),
  );
}

/** Removes a prompt. Throws `prompt_not_found`. */
export async function deletePrompt(ctx: Ctx, input: { id: number }): Promise<void> {
  requirePermission(ctx.actor, "prompt.write");
  await inTransaction(ctx.db, async (tx) => {
    const before = await tx.deleteFrom("prompts").where("id", "=", input.id).returning(columns).executeTakeFirst();
    if (!before) throw notFound();
    const subject = { kind: "prompt", id: input.id } as const;
    await recordAudit(tx, ctx, { action: "prompt.delete", subject, before: factsOf(before) });
  });
}

async function lock(tx: Executor, id: number): Promise<PromptRow> {
  const row = await tx.selectFrom("prompts").select(columns).where("id", "=", id).forNoKeyUpdate().executeTakeFirst();
  if (!row) throw notFound();
  return row;
}

const factsOf = ({ title, text, order, isActive }: PromptRow) => ({ title, text, order, is_active: isActive });
