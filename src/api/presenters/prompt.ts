import type { OwnPromptView, PromptView } from "../../contract/http/bot-prompts.js";
import type { PromptRow } from "../../db/queries/read-prompts.js";

/** A prompt as everybody sees it. */
export function presentPrompt({ id, title, text, order }: PromptRow): PromptView {
  return { id, title, text, order };
}

/** A prompt as who writes it sees it. */
export function presentOwnPrompt(row: PromptRow): OwnPromptView {
  return { ...presentPrompt(row), is_active: row.isActive };
}
