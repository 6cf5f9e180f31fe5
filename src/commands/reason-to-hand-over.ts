import { asksForPerson } from "../domain/asks-for-person.js";
import { levelOf } from "../urgency/level.js";
import { scoreText } from "../urgency/score.js";

/**
 * Why what a customer wrote is for a person at once: it asks for one, or its urgency, as every ticket's is scored, is high
 * or critical. null: a bot may answer it.
 */
export function reasonToHandOver(text: string): "asked" | "urgent" | null {
  if (asksForPerson(text)) return "asked";
  const level = levelOf(scoreText(text).score);
  return level === "high" || level === "critical" ? "urgent" : null;
}
