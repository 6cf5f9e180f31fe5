import { type ConsoleFile, type ConsoleFiles, readConsoleFiles } from "../../console-files.js";
import type { ApiDependencies } from "../../dependencies.js";
import { type ApiContext, headerOf } from "../../environment.js";
import { ownHeaders } from "../../respond.js";

const read = new Map<string, ConsoleFiles>();

/** The built console's files; read at the first call of the process, and not looked at again. */
export function consoleFiles({ consoleFolder }: ApiDependencies): ConsoleFiles {
  const key = consoleFolder ?? "";
  let files = read.get(key);
  if (!files) {
    files = readConsoleFiles(consoleFolder);
    read.set(key, files);
  }
  return files;
}

/** Sends a file with its ETag; 304 without it to who has it already, gzipped to who takes that. */
export function sendFile(
  c: ApiContext,
  file: ConsoleFile,
  cacheControl: string,
  guards?: Readonly<Record<string, string>>,
): Response {
  const headers = {
    ...ownHeaders(c, guards),
    "cache-control": cacheControl,
    etag: file.etag,
    vary: "Accept-Encoding",
  };
  const known = (headerOf(c, "if-none-match") ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known.includes(file.etag)) return new Response(null, { status: 304, headers });
  const gzipped = /\bgzip\b/.test(headerOf(c, "accept-encoding") ?? "") ? file.gzipped : null;
  const encoding = gzipped ? { "content-encoding": "gzip" } : {};
  return new Response(gzipped ?? file.bytes, { headers: { ...headers, "content-type": file.type, ...encoding } });
}
