import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import type { ApiContext } from "../../environment.js";
import { pageHeaders } from "../../middleware/security-headers.js";
import { ownHeaders } from "../../respond.js";

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

/** swagger-ui writes styles into its elements, and has its pictures in its style sheet. */
const guards = pageHeaders({ "style-src": "'self' 'unsafe-inline'", "img-src": "'self' data:" });

const headersOf = (c: ApiContext, type: string) => ({ ...ownHeaders(c, guards), "content-type": type });

/** The document as a page. */
export const docs = endpoint({
  method: "get",
  path: "/docs",
  tag: "System",
  summary: "This document as a page",
  policy: "page.read",
  limit: "none",
  answers: { 200: { description: "A page", schema: z.string(), mediaType: "text/html" } },
  refusals: [],
  run: async ({ c }) => new Response(page, { headers: headersOf(c, "text/html; charset=utf-8") }),
});

/** The page's own files, served from here and from nowhere else. */
export const docsFile = endpoint({
  method: "get",
  path: "/docs/{file}",
  tag: "System",
  summary: "A file of that page",
  policy: "page.read",
  limit: "none",
  answers: { 200: { description: "The file", schema: z.string(), mediaType: "text/plain" } },
  refusals: ["not_found"],
  run: async ({ c }) => {
    const name = c.req.param("file") ?? "";
    const type = Object.hasOwn(files, name) ? files[name] : undefined;
    const body = name === "start.js" ? start : type ? await readFile(join(folder, name)) : undefined;
    if (body === undefined) throw new Refusal("not_found", "There is nothing at this path.");
    const headers = headersOf(c, type ?? "text/javascript; charset=utf-8");
    return new Response(body, { headers: { ...headers, "cache-control": "public, max-age=3600" } });
  },
});
