import { updatePrompt } from "../../../commands/bot-prompts.js";
import { ownPromptSchema, promptRequest } from "../../../contract/http/bot-prompts.js";
import { endpoint } from "../../endpoint.js";
import { presentOwnPrompt } from "../../presenters/prompt.js";

/** Puts a whole prompt in place of one: what is left out is as in a new one. */
export const replacePromptEndpoint = endpoint({
  method: "put",
  path: "/api/bot-prompts/{id}/",
  tag: "Bot",
  summary: "Replace a prompt",
  policy: "prompt.write",
  noun: "prompt_not_found",
  body: promptRequest,
  answers: { 200: { description: "The prompt", schema: ownPromptSchema } },
  refusals: ["title_taken"],
  run: async ({ id, body: { is_active: isActive, ...fields }, context }) => {
    return { status: 200, body: presentOwnPrompt(await updatePrompt(context, { id, ...fields, isActive })) };
  },
});
