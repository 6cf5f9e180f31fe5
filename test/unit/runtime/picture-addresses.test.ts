import { afterEach, expect, test, vi } from "vitest";
import { createPictureAddresses } from "../../../src/runtime/picture-addresses.js";
import { createTokens } from "../../../src/runtime/tokens.js";

const secret = "a secret of a test, 32 characters";
const addresses = createPictureAddresses(secret);
const startedAt = Date.now();

afterEach(() => vi.useRealTimers());

const at = (seconds: number) => vi.useFakeTimers({ toFake: ["Date"], now: startedAt + seconds * 1000 });

test("is good for its picture, for five minutes", async () => {
  at(0);
  const signature = await addresses.sign(7);
  expect(await addresses.isGood(7, signature)).toBe(true);
  expect(await addresses.isGood(8, signature)).toBe(false);
  at(299);
  expect(await addresses.isGood(7, signature)).toBe(true);
  at(301);
  expect(await addresses.isGood(7, signature)).toBe(false);
});

test("is no token, and no token is one", async () => {
  const tokens = createTokens({ secret, accessTtlS: 900 });
  await expect(tokens.verify(await addresses.sign(7))).rejects.toThrow();
  expect(await addresses.isGood(7, await tokens.sign({ sub: 7, role: "admin", name: "", tv: 0 }))).toBe(false);
});

test("another secret's, a changed one and none are not", async () => {
  const signature = await createPictureAddresses("another secret, also of 32 characters").sign(7);
  for (const text of [signature, `${await addresses.sign(7)}x`, "", "a.b.c"]) {
    expect(await addresses.isGood(7, text)).toBe(false);
  }
});
