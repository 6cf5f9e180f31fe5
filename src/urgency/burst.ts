import { levelOf } from "./level.js";
import { scoreText, type UrgencyScore } from "./score.js";

/** What each further message of somebody who waits adds (DESIGN.md 6). */
const POINTS_PER_FOLLOW_UP = 5;

/**
 * The urgency of a customer's unanswered messages, oldest first: the larger of the newest one's score and that of all of
 * them joined by line breaks, and 5 per follow-up, at most 100. `raw` and `terms` are those of the text that won; the
 * spans count in that text. No messages: the score of an empty text.
 */
export function scoreBurst(texts: string[]): UrgencyScore {
  const newest = scoreText(texts.at(-1) ?? "");
  if (texts.length < 2) return newest;
  const whole = scoreText(texts.join("\n"));
  const larger = whole.score > newest.score ? whole : newest;
  const score = Math.min(100, larger.score + POINTS_PER_FOLLOW_UP * (texts.length - 1));
  return { ...larger, score, level: levelOf(score) };
}
