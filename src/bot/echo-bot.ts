import type { Bot, BotAnswer, BotQuestion } from "../domain/bot.js";
import { suggest } from "../urgency/similarity.js";

/** A prompt that is as much like what was asked says what is meant in the desk's words. */
const promptLikeness = 0.5;
const quoteMax = 200;

const greetings = new Set(
  "hi hello hey hallo hiya greetings good morning afternoon evening day there dear team all jambo habari mambo sasa".split(
    " ",
  ),
);

/**
 * Answers with the canned reply whose words are most like the question's, by stems of whole words; its likeness is the
 * confidence. Where none has anything to do with it, it says back what it heard, and that it does not know. It costs
 * nothing, needs nobody, and answers the same question in the same way.
 */
export function createEchoBot(): Bot {
  return { isFree: true, answer: async (question) => answerOf(question) };
}

function answerOf({ text, prompts, replies }: BotQuestion): BotAnswer {
  if (isGreeting(text)) return { ...echo, text: "Hello! What can we do for you?", confidence: 1 };
  const [prompt] = suggest(text, prompts, 1);
  const meant = prompt && prompt.score >= promptLikeness ? prompts.find(({ id }) => id === prompt.id) : undefined;
  const [best] = suggest(meant ? `${text} ${meant.title} ${meant.text}` : text, replies, 1);
  const reply = best && best.score > 0 ? replies.find(({ id }) => id === best.id) : undefined;
  if (best && reply) return { ...echo, text: reply.text, confidence: best.score };
  const heard = [...text.trim()].slice(0, quoteMax).join("");
  return { ...echo, text: `You wrote: “${heard}”. I do not know the answer to that.`, confidence: 0 };
}

const echo = { source: "echo", tokens: 0 } as const;

function isGreeting(text: string): boolean {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.length > 0 && words.length <= 4 && words.every((word) => greetings.has(word));
}
