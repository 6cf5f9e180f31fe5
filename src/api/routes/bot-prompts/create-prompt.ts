import { createPrompt } from "../../../commands/bot-prompts.js";
import { ownPromptSchema, promptRequest } from "../../../contract/http/bot-prompts.js";
import { endpoint } from "../../endpoint.js";
import { presentOwnPrompt } from "../../presenters/prompt.js";

export const createPromptEndpoint = endpoint({
  method: "post",
  path: "/api/bot-prompts/",
  tag: "Bot",
  summary: "Add a prompt",
  policy: "prompt.write",
  body: promptRequest,
  answers: { 201: { description: "The prompt", schema: ownPromptSchema } },
  refusals: ["title_taken"],
  run: async ({ body: { is_active: isActive, ...fields }, context }) => {
    return { status: 201, body: presentOwnPrompt(await createPrompt(context, { ...fields, isActive })) };
  },
});
