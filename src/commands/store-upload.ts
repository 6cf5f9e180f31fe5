import { randomUUID } from "node:crypto";
import { countUnused, insertAttachment } from "../db/queries/attachments.js";
import { sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { safeFileName } from "../domain/file-name.js";
import { requirePermission } from "../domain/policy.js";
import { FileKindFinder } from "../runtime/file-kind-finder.js";
import { type FileKindName, fileKinds } from "../runtime/file-kinds.js";
import { type FileStore, FilesUnavailable } from "../runtime/file-store.js";
import { invariant } from "../runtime/invariant.js";
import { type AttachmentView, attachmentView } from "./attachment-view.js";
import type { CommandContext } from "./context.js";

/** What uploads are held to. */
export interface UploadLimits {
  UPLOAD_MAX_BYTES: number;
  UPLOAD_TYPES: readonly FileKindName[];
  UPLOAD_UNUSED_MAX: number;
}

/** A file as it comes in. */
export interface IncomingFile {
  /** As the sender calls it. */
  name: string;
  content: AsyncIterable<Uint8Array>;
}

/**
 * Stores an upload while it comes in: it is cut off where it passes UPLOAD_MAX_BYTES, and its kind is found from its
 * bytes. The row is written when the bytes are on disk, so that what has a row has a file; when anything fails, there
 * is neither. Throws `too_large`, `type_not_allowed`, `rate_limited` for who leaves too many unused, `unavailable` when
 * there is no room, and what reading the sender throws.
 */
export async function storeUpload(
  ctx: Pick<CommandContext, "db" | "actor">,
  files: FileStore,
  limits: UploadLimits,
  file: IncomingFile,
): Promise<AttachmentView> {
  requirePermission(ctx.actor, "upload.create");
  const uploaderId = ctx.actor.id;
  if (uploaderId === null) throw new Refusal("forbidden", "An upload belongs to a user.");
  if ((await countUnused(ctx.db.kysely, uploaderId)) >= limits.UPLOAD_UNUSED_MAX) {
    throw new Refusal("rate_limited", `You have ${limits.UPLOAD_UNUSED_MAX} uploads that no message uses yet.`);
  }
  const storeKey = randomUUID();
  const checked = new CheckedContent(file, limits);
  try {
    await files.put(storeKey, checked.chunks());
  } catch (error) {
    if (!(error instanceof FilesUnavailable)) throw error;
    throw Object.assign(new Refusal("unavailable", "The file cannot be stored now, try again."), { cause: error });
  }
  const { type, extensions } = fileKinds[checked.kind];
  const row = { uploaderId, storeKey, name: safeFileName(file.name, extensions), size: checked.size, type };
  try {
    return attachmentView({ id: await insertAttachment(ctx.db.kysely, row), ...row });
  } catch (error) {
    // Without a row it is nothing. Where the database did not answer, there may be one: then the daily job decides.
    if (sqlState(error) !== null) await files.remove(storeKey).catch(() => undefined);
    throw error;
  }
}

/** A file's bytes on their way to the store: counted, and looked at. */
class CheckedContent {
  size = 0;
  #kind: FileKindName | null = null;
  readonly #file: IncomingFile;
  readonly #limits: UploadLimits;

  constructor(file: IncomingFile, limits: UploadLimits) {
    this.#file = file;
    this.#limits = limits;
  }

  /** The kind, once all of it has passed. */
  get kind(): FileKindName {
    invariant(this.#kind, "a file that was stored has a kind");
    return this.#kind;
  }

  async *chunks(): AsyncIterable<Uint8Array> {
    const { UPLOAD_MAX_BYTES: max, UPLOAD_TYPES: allowed } = this.#limits;
    const finder = new FileKindFinder();
    for await (const chunk of this.#file.content) {
      this.size += chunk.byteLength;
      if (this.size > max) throw new Refusal("too_large", `The file has more than ${max} bytes.`);
      finder.write(chunk);
      yield chunk;
    }
    this.#kind = await finder.end(this.#file.name);
    if (this.#kind === null || !allowed.includes(this.#kind)) {
      throw new Refusal("type_not_allowed", `A file must be one of ${allowed.join(", ")}, and be whole.`);
    }
  }
}
