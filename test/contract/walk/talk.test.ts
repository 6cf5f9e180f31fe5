import { afterAll, beforeAll, describe, it } from "vitest";
import { Walk } from "./walk.js";
import { walkBot, walkFiles, walkPages } from "./walk-bot.js";
import { walkSockets } from "./walk-sockets.js";
import { walkCase, walkThreads } from "./walk-threads.js";

// Every row of CONTRACT.md 3 and 4 and the chat frames of 5, on a whole system as a person starts it; prints what it saw.

describe.each([["" as const], ["none" as const]])("the contract walked, REDIS_URL '%s'", (redis) => {
  let walk: Walk;
  let thread = 0;
  beforeAll(async () => {
    walk = await Walk.start(redis);
  });
  afterAll(() => walk.end());

  it("3: bot, prompts, conversations, typing", () => walkBot(walk));
  it("4: threads, messages, marks, disputes, payments, jobs", async () => {
    thread = await walkThreads(walk);
  });
  it("3: uploads", () => walkFiles(walk, thread));
  it("4: an agent in a support case", () => walkCase(walk));
  it("5: two sockets and HTTP", () => walkSockets(walk, thread));
  it("3: health, figures, documents, the board", () => walkPages(walk));
});
