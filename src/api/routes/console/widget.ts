import { z } from "zod";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { dataHeaders } from "../../middleware/security-headers.js";
import { consoleFiles, sendFile } from "./send-file.js";

/** Any site may load it, also as a script with `integrity`, which is read as well as run. */
const guards = {
  ...dataHeaders,
  "cross-origin-resource-policy": "cross-origin",
  "access-control-allow-origin": "*",
};

/** Its name stays, so that a page is written once: browsers look for a new one every five minutes. */
const cacheControl = "public, max-age=300, stale-while-revalidate=86400";

/** The chat that any page shows with one script tag. */
export const widget = endpoint({
  method: "get",
  path: "/widget.js",
  tag: "Console",
  summary: "The chat for a page of any other site",
  policy: "page.read",
  limit: "none",
  answers: {
    200: { description: "The script", schema: z.string(), mediaType: "text/javascript" },
    304: { description: "The browser has it" },
  },
  refusals: ["not_found"],
  run: async ({ c, deps }) => {
    const file = consoleFiles(deps).get("widget.js");
    if (!file) throw new Refusal("not_found", "The widget is not built here (`npm run build` makes it).");
    return sendFile(c, file, cacheControl, guards);
  },
});
