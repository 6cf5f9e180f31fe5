import { asViewer } from "../db/as-viewer.js";
import type { Executor } from "../db/database.js";
import { type AttachmentRow, readAttachment } from "../db/queries/attachments.js";
import { conversationAccess } from "../db/queries/conversation-access.js";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import { type FileStore, FilesUnavailable, type OpenFile } from "../runtime/file-store.js";
import type { CommandContext } from "./context.js";

type Viewing = Pick<CommandContext, "db" | "actor" | "sight">;

const notFound = () => new Refusal("attachment_not_found", "There is no such upload.");

/**
 * An upload, for who may have it: whoever reads the conversation of the message that uses it, of a note the agents only;
 * before a message uses it, its uploader alone. Throws `attachment_not_found`, for all others too.
 */
export async function readUpload(ctx: Viewing, id: number): Promise<AttachmentRow> {
  const { actor, db } = ctx;
  requirePermission(actor, "upload.read");
  const look = async (executor: Executor) => {
    const found = await readAttachment(executor, id);
    return found && (await mayRead(executor, ctx, found)) ? found : null;
  };
  const found =
    actor.role === "customer" && actor.id !== null ? await asViewer(db, actor.id, look) : await look(db.kysely);
  if (!found) throw notFound();
  return found;
}

async function mayRead(db: Executor, { actor, sight }: Viewing, row: AttachmentRow): Promise<boolean> {
  if (row.conversationId === null) return actor.id !== null && row.uploaderId === actor.id;
  if (row.ofNote && actor.role === "customer") return false;
  return (await conversationAccess(db, actor, row.conversationId, sight))?.mayRead ?? false;
}

/** A picture, for who holds a good address of it: whom it was given, could see it. Throws `attachment_not_found`. */
export async function readPicture(ctx: Pick<CommandContext, "db">, id: number): Promise<AttachmentRow> {
  const found = await readAttachment(ctx.db.kysely, id);
  if (!found) throw notFound();
  return found;
}

/** Its bytes. Throws `attachment_not_found` where the folder has lost them, `unavailable` where it cannot be read. */
export async function openUpload(files: FileStore, { storeKey }: AttachmentRow): Promise<OpenFile> {
  try {
    const file = await files.open(storeKey);
    if (file) return file;
  } catch (error) {
    if (!(error instanceof FilesUnavailable)) throw error;
    throw Object.assign(new Refusal("unavailable", "The file cannot be read now, try again."), { cause: error });
  }
  throw notFound();
}
