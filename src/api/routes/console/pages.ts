import { z } from "zod";
import { Refusal } from "../../../domain/errors.js";
import type { ApiDependencies } from "../../dependencies.js";
import { endpoint } from "../../endpoint.js";
import type { ApiContext } from "../../environment.js";
import { pageHeaders } from "../../middleware/security-headers.js";
import { consoleFiles, sendFile } from "./send-file.js";

const missing = "The console is not built here (`npm run build` makes it); the API's documentation is at /docs.";

/** A picture that is about to be uploaded is shown from the browser's own memory. */
const guards = pageHeaders({ "img-src": "'self' blob:" });

function page(c: ApiContext, deps: ApiDependencies, name: string): Response {
  const file = consoleFiles(deps).get(name);
  if (!file) throw new Refusal("not_found", missing);
  return sendFile(c, file, "no-cache", guards);
}

const answers = { 200: { description: "A page", schema: z.string(), mediaType: "text/html" } };

/** The agents' console. */
export const home = endpoint({
  method: "get",
  path: "/",
  tag: "Console",
  summary: "The agents' console",
  policy: "page.read",
  limit: "none",
  answers: { ...answers, 304: { description: "The browser has it" } },
  refusals: ["not_found"],
  run: async ({ c, deps }) => page(c, deps, "index.html"),
});

/** Where customers write. */
export const chatPage = endpoint({
  method: "get",
  path: "/chat",
  tag: "Console",
  summary: "The customers' page",
  policy: "page.read",
  limit: "none",
  answers: { ...answers, 304: { description: "The browser has it" } },
  refusals: ["not_found"],
  run: async ({ c, deps }) => page(c, deps, "chat.html"),
});
