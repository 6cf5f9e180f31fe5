import { describe, expect, it } from "vitest";
import { FrameBudget, parseClientFrame } from "../../../src/realtime/client-frames.js";

describe("client frames", () => {
  it("are understood", () => {
    expect(parseClientFrame('{"type":"ping"}')).toEqual({ type: "ping" });
    expect(parseClientFrame('{"type":"resume","since":4,"epoch":"e"}')).toEqual({
      type: "resume",
      since: 4,
      epoch: "e",
    });
    expect(parseClientFrame('{"type":"resume"}')).toEqual({ type: "resume", since: null, epoch: null });
    expect(parseClientFrame('{"type":"auth","token":"t"}')).toEqual({ type: "auth", token: "t" });
  });

  it.each([
    ["{", "invalid_json"],
    ["", "invalid_json"],
    ["\u0000", "invalid_json"],
    ["42", "invalid_body"],
    ["null", "invalid_body"],
    ["[]", "invalid_body"],
    ["{}", "invalid_body"],
    ['{"type":"shout"}', "invalid_body"],
    ['{"type":"__proto__"}', "invalid_body"],
    ['{"type":"auth"}', "invalid_body"],
    ['{"type":"auth","token":1}', "invalid_body"],
  ])("are answered with an error: %j", (text, status) => {
    expect(parseClientFrame(text)).toMatchObject({ type: "error", status, detail: expect.any(String) });
  });

  it("are counted by the second", () => {
    const budget = new FrameBudget(30);
    for (let n = 0; n < 30; n++) expect(budget.take(5000 + n)).toBe(true);
    expect(budget.take(5999)).toBe(false);
    expect(budget.take(6000)).toBe(true);
  });
});
