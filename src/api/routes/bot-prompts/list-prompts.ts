import { listPromptsQuery, promptListSchema } from "../../../contract/http/bot-prompts.js";
import { readPrompts } from "../../../db/queries/read-prompts.js";
import { reachOf } from "../../../domain/policy.js";
import { endpoint } from "../../endpoint.js";
import { presentOwnPrompt, presentPrompt } from "../../presenters/prompt.js";

export const listPromptsEndpoint = endpoint({
  method: "get",
  path: "/api/bot-prompts/",
  tag: "Bot",
  summary: "What customers often ask, in order",
  policy: "prompt.read",
  query: listPromptsQuery,
  answers: { 200: { description: "The active prompts", schema: promptListSchema } },
  refusals: [],
  run: async ({ query, context }) => {
    // All of them are for who writes them; to anybody else there are only the active ones.
    const inactive = query.all === "1" && reachOf(context.actor, "prompt.write") !== null;
    const rows = await readPrompts(context.db.kysely, { inactive });
    return { status: 200, body: rows.map(inactive ? presentOwnPrompt : presentPrompt) };
  },
});
