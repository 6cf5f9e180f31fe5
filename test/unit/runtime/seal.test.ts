import { expect, test } from "vitest";
import { seal, unseal } from "../../../src/runtime/seal.js";

test("what is sealed is read with the same secret only", () => {
  const sealed = seal('{"key":"sb_123 – ü"}', "the key of a call");
  expect(sealed).not.toContain("sb_123");
  expect(unseal(sealed, "the key of a call")).toBe('{"key":"sb_123 – ü"}');
  expect(() => unseal(sealed, "another key")).toThrow();
  expect(seal("same", "k")).not.toBe(seal("same", "k"));
});

test("what was changed is not read", () => {
  const bytes = Buffer.from(seal("text", "k"), "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  expect(() => unseal(bytes.toString("base64"), "k")).toThrow();
});
