import { describe, expect, it } from "vitest";
import { scoreBurst } from "../../../src/urgency/burst.js";
import { levelOf, scoreFloorOf } from "../../../src/urgency/level.js";
import { scoreText } from "../../../src/urgency/score.js";

describe("scoreBurst", () => {
  it("of one message is that message", () => {
    expect(scoreBurst(["I lost my card"])).toEqual(scoreText("I lost my card"));
  });

  it("keeps the larger score and adds 5 a follow-up", () => {
    const alone = scoreText("72hrs").score;
    const burst = scoreBurst(["Why was my application rejected", "72hrs"]);
    const whole = scoreText("Why was my application rejected\n72hrs").score;
    expect(burst.score).toBe(Math.max(alone, whole) + 5);
    expect(burst.level).toBe(levelOf(burst.score));
  });

  it("the newest message may be the larger one", () => {
    const newest = "My phone was stolen";
    const thanks = "Thank you so much, great service";
    expect(scoreBurst([thanks, newest]).score).toBe(Math.min(100, scoreText(newest).score + 5));
  });

  it("ends at 100 and takes none", () => {
    expect(scoreBurst(new Array(40).fill("My card was stolen!!")).score).toBe(100);
    expect(scoreBurst([])).toEqual(scoreText(""));
  });
});

describe("levels", () => {
  it("a level's floor is of that level, one below is not", () => {
    for (const level of ["low", "normal", "high", "critical"] as const) {
      expect(levelOf(scoreFloorOf(level))).toBe(level);
      if (level !== "low") expect(levelOf(scoreFloorOf(level) - 1)).not.toBe(level);
    }
  });
});
