import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { packageRoot } from "../runtime/package-root.js";

/** A file of the built console, as it is sent. */
export interface ConsoleFile {
  bytes: Uint8Array<ArrayBuffer>;
  /** The same, gzipped; null where that is no smaller. */
  gzipped: Uint8Array<ArrayBuffer> | null;
  type: string;
  etag: string;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** The console's files by their path in its folder. They are read once, and only those are ever sent. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/** Reads the built console into memory (some hundred kB); nothing where it has not been built. */
export function readConsoleFiles(folder: string = join(packageRoot, "dist", "console")): ConsoleFiles {
  const files = new Map<string, ConsoleFile>();
  for (const name of namesIn(folder)) {
    const type = types[extname(name)];
    if (type !== undefined) files.set(name, fileOf(new Uint8Array(readFileSync(join(folder, name))), type));
  }
  return files;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  } catch {
    return [];
  }
}

function fileOf(bytes: Uint8Array<ArrayBuffer>, type: string): ConsoleFile {
  const small = new Uint8Array(gzipSync(bytes));
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 27)}"`;
  return { bytes, gzipped: small.byteLength < bytes.byteLength ? small : null, type, etag };
}
