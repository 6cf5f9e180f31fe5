import { expect, it } from "vitest";
import { isBlank } from "../../../src/contract/is-blank.js";

it.each([
  "",
  " \n\t\u00a0\u3000",
  "\u200b",
  "\u200c\u200d\u2060\ufeff",
  "\u00ad",
  "\u202e\u202c",
  "\u{e0020}",
  "\u3164",
  "\ufe0f",
])("%j shows nothing", (text) => {
  expect(isBlank(text)).toBe(true);
});

it.each(["a", "\u200ba", "😀", "👩\u200d👩", ".", "0", "\u0301", "\ud800"])("%j shows something", (text) => {
  expect(isBlank(text)).toBe(false);
});
