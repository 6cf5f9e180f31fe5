import { scryptSync } from "node:crypto";
import { expect, it } from "vitest";
import { hashPassword, isOutdated, verifyPassword } from "../../../src/runtime/passwords.js";

it("a hash tells its cost and fits its password only, however that is composed", async () => {
  const hash = await hashPassword("Caf\u00e9 au lait");
  expect(hash).toMatch(/^scrypt\$32768\$8\$3\$[\w+/=]{24}\$[\w+/=]{44}$/);
  expect(await verifyPassword("Cafe\u0301 au lait", hash)).toBe(true);
  expect(await verifyPassword("Cafe au lait", hash)).toBe(false);
  expect(isOutdated(hash)).toBe(false);
  expect(await hashPassword("Caf\u00e9 au lait")).not.toBe(hash);
});

it("a hash of another cost fits as well, and is outdated", async () => {
  const salt = Buffer.from("0123456789abcdef");
  const key = scryptSync("secret", salt, 32, { N: 1024, r: 8, p: 1 });
  const hash = `scrypt$1024$8$1$${salt.toString("base64")}$${key.toString("base64")}`;
  expect([await verifyPassword("secret", hash), isOutdated(hash)]).toEqual([true, true]);
});

it("no hash, and what is none, fit nothing", async () => {
  for (const stored of [null, "", "bcrypt$1$2$3$4$5", "scrypt$1024$8$1"]) {
    expect(await verifyPassword("", stored)).toBe(false);
  }
});
