import { expect, test } from "vitest";
import { asksForPerson } from "../../../src/domain/asks-for-person.js";

test.each([
  "agent",
  "Agent!",
  "HUMAN",
  "a human please",
  "real person",
  "I want a real person, not a machine",
  "I would like to talk to a person, please.",
  "can I speak with your manager",
  "Let me talk to somebody",
  "please connect me with a live agent",
  "put me through to an operator",
  "I need a human",
  "get me an agent NOW",
  "give me your supervisor",
  "is anybody there?",
  "I'm not talking to a bot, not a bot!",
  "nataka kuongea na mtu",
  "speak to a real\nperson",
])("asks: %j", (text) => expect(asksForPerson(text)).toBe(true));

test.each([
  "",
  "I sent money to the wrong person",
  "the agent took my money and ran",
  "When will my loan be disbursed?",
  "I am a person with two accounts",
  "my humanity is offended",
  "agents of change",
  "I don't want to talk to an agent, just tell me the balance",
  "no need for a person",
  "I want someone arrested",
  "operators are charged twice in my bill",
])("does not ask: %j", (text) => expect(asksForPerson(text)).toBe(false));

test("a long text is no burden", () => {
  const startedAt = performance.now();
  asksForPerson("talk to a ".repeat(100_000));
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
