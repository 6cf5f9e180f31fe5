import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";

const folder = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

/** The files of the page that come from swagger-ui-dist, by name. All others are unknown: no path is put together. */
const files: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

const start = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#page", deepLinking: true });\n`;

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Switchboard API</title>
<link rel="icon" href="/docs/favicon-32x32.png"><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="page"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;

/** The page loads nothing from another host, and may not be put into another site's frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join("; ");

const headersOf = (type: string, requestId: string | null) => ({
  "content-type": type,
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-request-id": requestId ?? "",
});

/** The document as a page. */
export const docs = endpoint({
  method: "get",
  path: "/docs",
  tag: "System",
  summary: "This document as a page",
  policy: "page.read",
  answers: { 200: { description: "A page", schema: z.string(), mediaType: "text/html" } },
  refusals: [],
  run: async ({ context }) => new Response(page, { headers: headersOf("text/html; charset=utf-8", context.requestId) }),
});

/** The page's own files, served from here and from nowhere else. */
export const docsFile = endpoint({
  method: "get",
  path: "/docs/{file}",
  tag: "System",
  summary: "A file of that page",
  policy: "page.read",
  answers: { 200: { description: "The file", schema: z.string(), mediaType: "text/plain" } },
  refusals: ["not_found"],
  run: async ({ c, context }) => {
    const name = c.req.param("file") ?? "";
    const type = Object.hasOwn(files, name) ? files[name] : undefined;
    const body = name === "start.js" ? start : type ? await readFile(join(folder, name)) : undefined;
    if (body === undefined) throw new Refusal("not_found", "There is nothing at this path.");
    const headers = headersOf(type ?? "text/javascript; charset=utf-8", context.requestId);
    return new Response(body, { headers: { ...headers, "cache-control": "public, max-age=3600" } });
  },
});
