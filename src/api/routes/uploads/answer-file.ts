import { ReadableStream } from "node:stream/web";
import { openUpload } from "../../../commands/open-upload.js";
import type { AttachmentRow } from "../../../db/queries/attachments.js";
import type { FileStore } from "../../../runtime/file-store.js";
import type { ApiContext } from "../../environment.js";
import { ownHeaders } from "../../respond.js";

/** A file's bytes, for saving: whatever is in it, no browser runs it or shows it as a page. */
export async function answerFile(c: ApiContext, files: FileStore, row: AttachmentRow): Promise<Response> {
  const { size, content } = await openUpload(files, row);
  const headers = {
    ...ownHeaders(c),
    "content-type": row.type === "text/plain" || row.type === "text/csv" ? `${row.type}; charset=utf-8` : row.type,
    "content-length": String(size),
    "content-disposition": disposition(row.name),
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "cache-control": "private, no-store",
  };
  // Not Readable.toWeb: who goes away in the middle of what that made, ends the process (Node 20).
  const stream = ReadableStream.from<Uint8Array>(content);
  return new Response(stream as ConstructorParameters<typeof Response>[0], { headers });
}

/** RFC 6266: the name in UTF-8, and in ASCII for who does not read that. The name is a safe one already. */
function disposition(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\]/g, "_");
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
