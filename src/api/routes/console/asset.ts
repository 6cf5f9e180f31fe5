import { z } from "zod";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { consoleFiles, sendFile } from "./send-file.js";

/** A file that the console's pages name: its own name changes with what it holds, so that it is kept for good. */
export const asset = endpoint({
  method: "get",
  path: "/assets/{file}",
  tag: "Console",
  summary: "A file of the console's pages",
  policy: "page.read",
  limit: "none",
  answers: {
    200: { description: "The file", schema: z.string(), mediaType: "text/plain" },
    304: { description: "The browser has it" },
  },
  refusals: ["not_found"],
  run: async ({ c, deps }) => {
    const file = consoleFiles(deps).get(`assets/${c.req.param("file") ?? ""}`);
    if (!file) throw new Refusal("not_found", "There is nothing at this path.");
    return sendFile(c, file, "public, max-age=31536000, immutable");
  },
});
