import type { Tx } from "../db/database.js";
import { attachTo } from "../db/queries/attachments.js";
import { Refusal } from "../domain/errors.js";
import { type AttachmentView, attachmentView } from "./attachment-view.js";

/**
 * Gives an upload to the message that was just said, in its transaction: once, and by its uploader alone. Throws
 * `attachment_not_found` for another's, a used one and one that is gone: which of them, is nobody's business.
 */
export async function attachUploadInTransaction(
  tx: Tx,
  input: { attachmentId: number; messageId: number; uploaderId: number },
): Promise<AttachmentView> {
  const row = await attachTo(tx, input);
  if (!row) throw new Refusal("attachment_not_found", "There is no such upload of yours that is not used yet.");
  return attachmentView(row);
}
