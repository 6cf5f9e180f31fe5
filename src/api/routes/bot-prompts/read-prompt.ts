import { ownPromptSchema } from "../../../contract/http/bot-prompts.js";
import { readPrompt } from "../../../db/queries/read-prompts.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { presentOwnPrompt } from "../../presenters/prompt.js";

export const readPromptEndpoint = endpoint({
  method: "get",
  path: "/api/bot-prompts/{id}/",
  tag: "Bot",
  summary: "One prompt, active or not",
  policy: "prompt.write",
  noun: "prompt_not_found",
  answers: { 200: { description: "The prompt", schema: ownPromptSchema } },
  refusals: [],
  run: async ({ id, context }) => {
    const row = await readPrompt(context.db.kysely, id);
    if (!row) throw new Refusal("prompt_not_found", "There is no such prompt.");
    return { status: 200, body: presentOwnPrompt(row) };
  },
});
