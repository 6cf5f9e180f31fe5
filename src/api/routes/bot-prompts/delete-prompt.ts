import { deletePrompt } from "../../../commands/bot-prompts.js";
import { endpoint } from "../../endpoint.js";

export const deletePromptEndpoint = endpoint({
  method: "delete",
  path: "/api/bot-prompts/{id}/",
  tag: "Bot",
  summary: "Remove a prompt",
  policy: "prompt.write",
  noun: "prompt_not_found",
  answers: { 204: { description: "Removed" } },
  refusals: [],
  run: async ({ id, context }) => {
    await deletePrompt(context, { id });
    return { status: 204 };
  },
});
