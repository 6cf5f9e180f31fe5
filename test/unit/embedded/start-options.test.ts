import { expect, test } from "vitest";
import { parseStartOptions } from "../../../src/embedded/start-options.js";

test("without flags: demo data, nothing removed", () => {
  expect(parseStartOptions([])).toEqual({ fresh: false, demo: true, messages: null, help: false });
});

test("flags", () => {
  expect(parseStartOptions(["--fresh", "--no-demo"])).toMatchObject({ fresh: true, demo: false });
  expect(parseStartOptions(["--messages", "5000"])).toMatchObject({ messages: 5000, demo: true });
});

test.each([
  [["--frsh"], /^Unknown option '--frsh'; there are --fresh/],
  [["fresh"], /^Unexpected argument 'fresh'/],
  [["--messages", "many"], /^--messages takes a number from 0 to 1000000, not "many"$/],
  [["--messages", "1e3"], /not "1e3"$/],
  [["--messages=-1"], /not "-1"$/],
  [["--messages", "1000001"], /not "1000001"$/],
  [["--no-demo", "--messages", "5"], /exclude each other$/],
])("%j is refused in one sentence with exit 2", (args, sentence) => {
  expect(() => parseStartOptions(args)).toThrow(
    expect.objectContaining({ message: expect.stringMatching(sentence), exitCode: 2 }),
  );
});
