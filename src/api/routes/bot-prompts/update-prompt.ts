import { updatePrompt } from "../../../commands/bot-prompts.js";
import { ownPromptSchema, promptPatchRequest } from "../../../contract/http/bot-prompts.js";
import { endpoint } from "../../endpoint.js";
import { presentOwnPrompt } from "../../presenters/prompt.js";

export const updatePromptEndpoint = endpoint({
  method: "patch",
  path: "/api/bot-prompts/{id}/",
  tag: "Bot",
  summary: "Change a prompt",
  policy: "prompt.write",
  noun: "prompt_not_found",
  body: promptPatchRequest,
  answers: { 200: { description: "The prompt", schema: ownPromptSchema } },
  refusals: ["title_taken"],
  run: async ({ id, body: { is_active: isActive, ...fields }, context }) => {
    return { status: 200, body: presentOwnPrompt(await updatePrompt(context, { id, ...fields, isActive })) };
  },
});
