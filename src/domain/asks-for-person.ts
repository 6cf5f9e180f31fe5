const person =
  "(?:person|human(?: being)?|agent|representative|rep|operator|advis[eo]r|manager|supervisor|someone|somebody|staff|colleague)";
const which = "(?:an?|the|some|any|your|my|one of your)";
const real = "(?:real|live|actual|human|physical|different|proper)";
const someone = `(?:${which} )?(?:${real} )?${person}`;

const asks: readonly RegExp[] = [
  // "agent", "a real person please", "human!"
  new RegExp(`^(?:please )?${someone}(?: please| now)*$`),
  // "a real person", "live agent" anywhere
  new RegExp(`\\b(?:real|live|actual) ${person}\\b`),
  /\bhuman (?:agent|being|operator|representative|support|help)\b/,
  // "let me talk to somebody", "put me through to your manager", "connect me with an agent"
  new RegExp(
    `\\b(?:talk|speak|chat|connect|transfer|escalate|hand|put|pass)(?: me| us| this| it)?(?: over| through)?(?: to| with) (?:somebody|${someone})\\b`,
  ),
  // "I want a human", "get me an agent", "need your supervisor"; not "I want someone arrested"
  new RegExp(
    `\\b(?:want|need|get|give|find|prefer|like)(?: me| us)? (?:${which} )(?:${real} )?(?:human|agent|representative|operator|manager|supervisor)\\b`,
  ),
  // "is anybody there", "are you a bot"
  /\bis (?:anyone|anybody|someone|somebody) (?:really )?there\b/,
  /\b(?:not|no) (?:to )?(?:an? |the |this )?(?:ro)?bot\b/,
  // Swahili: to talk with a person or an agent
  /\b(?:kuongea|ongea|kuzungumza|zungumza|niongee) na (?:mtu|wakala|binadamu|mhudumu)\b/,
];

/** "I don't want to talk to an agent", "no need for a person": the words are there, and mean the opposite. */
const declines = new RegExp(
  `\\b(?:do not|don't|dont|never|no|not) (?:really )?(?:want|need|wish|have)?(?: to)?(?: for)?(?: talk| speak| chat)?(?: to| with)? ?${someone}\\b`,
);

/** Whether a customer asks for a person in place of the bot, in whole words: "agent", "a human", "talk to somebody". */
export function asksForPerson(text: string): boolean {
  const words = text
    .slice(0, 2000)
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .replace(/[^\p{L}\p{N}']+/gu, " ")
    .trim();
  return !declines.test(words) && asks.some((pattern) => pattern.test(words));
}
