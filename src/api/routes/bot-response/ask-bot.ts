import { answerAsBot, type BotOutcome } from "../../../commands/answer-as-bot.js";
import { botResponseRequest, botResponseSchema } from "../../../contract/http/bot-response.js";
import { endpoint } from "../../endpoint.js";
import { headerOf } from "../../environment.js";
import { streamAnswer } from "./stream-answer.js";

/** The wire's form of what became of a question. */
function presentOutcome({ message, degraded, handedOver }: BotOutcome) {
  return { message, ...(degraded ? { degraded } : {}), ...(handedOver ? { handed_over: handedOver } : {}) };
}

export const askBot = endpoint({
  method: "post",
  path: "/api/bot-response/",
  tag: "Bot",
  summary: "Have the bot answer; with Accept: text/event-stream while it thinks",
  policy: "bot.ask",
  body: botResponseRequest,
  streams: true,
  answers: {
    200: {
      description:
        "The bot's message, or the one by which a person takes over. As a stream: `piece` {text} as it comes, `reset` {} " +
        "where what came does not count, then `message` with this body, or `error` with a Problem",
      schema: botResponseSchema,
    },
  },
  refusals: ["conversation_not_found", "handed_over"],
  run: async ({ body, c, context, deps }) => {
    const { conversation_id: conversationId, client_id: clientId, text } = body;
    const ask = async (onPiece?: (piece: string | null) => void) =>
      presentOutcome(await answerAsBot(context, deps.bot, deps.config, { conversationId, text, clientId }, onPiece));
    c.set("ids", { conversation_id: conversationId });
    if (headerOf(c, "accept")?.includes("text/event-stream")) return streamAnswer(c, ask);
    return { status: 200, body: await ask() };
  },
});
