import { suggestReplies } from "../../../commands/suggest-replies.js";
import { suggestionsSchema } from "../../../contract/http/canned.js";
import { endpoint } from "../../endpoint.js";

/** The three canned replies that fit a message best. */
export const suggestions = endpoint({
  method: "get",
  path: "/api/messages/{id}/suggestions/",
  tag: "Messages",
  summary: "Canned replies that fit",
  policy: "message.suggest",
  noun: "message_not_found",
  answers: { 200: { description: "At most three, best first, with scores", schema: suggestionsSchema } },
  refusals: [],
  run: async ({ id, context }) => {
    const found = await suggestReplies(context, { ticketId: id });
    const results = found.map(({ text, ...rest }) => ({ ...rest, text, body: text }));
    return { status: 200, body: { results } };
  },
});
