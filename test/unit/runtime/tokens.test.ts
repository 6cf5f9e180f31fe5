import { createHmac } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { createTokens, keyIdOf } from "../../../src/runtime/tokens.js";

const secret = "a secret of a test, 32 characters";
const earlier = "a secret of before, 32 characters";
const tokens = createTokens({ secret, accessTtlS: 900, previousSecrets: [earlier] });
const claims = { sub: 7, role: "agent", name: "Amina", tv: 2 } as const;

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** A token with that head and those claims, signed by HMAC with any secret and hash. */
function forge(head: Record<string, unknown>, body: Record<string, unknown>, by = secret, hash = "sha256"): string {
  const text = `${part(head)}.${part(body)}`;
  return `${text}.${createHmac(hash, by).update(text).digest("base64url")}`;
}
const now = () => Math.floor(Date.now() / 1000);
const valid = () => ({
  iss: "switchboard",
  aud: "switchboard",
  sub: "7",
  role: "agent",
  name: "Amina",
  tv: 2,
  exp: now() + 60,
});
const head = { alg: "HS256", kid: keyIdOf(secret) };

describe("own tokens", () => {
  it("say whose they are; the head names the secret, and nothing of it", async () => {
    const token = await tokens.sign({ ...claims, sid: "a session" });
    expect(await tokens.verify(token)).toEqual({ ...claims, sid: "a session", exp: expect.any(Number) });
    expect(decodeProtectedHeader(token)).toEqual(head);
    expect(keyIdOf(secret)).toMatch(/^[\w-]{8}$/);
    expect(keyIdOf(secret)).not.toBe(keyIdOf(earlier));
    expect(await tokens.verify(forge(head, valid()))).toMatchObject(claims);
  });

  it("of a secret that signed before are good, and new ones are signed by the current one", async () => {
    const old = await createTokens({ secret: earlier, accessTtlS: 900 }).sign(claims);
    expect(await tokens.verify(old)).toMatchObject(claims);
    const withdrawn = createTokens({ secret, accessTtlS: 900 });
    await expect(withdrawn.verify(old)).rejects.toThrow();
    expect(decodeProtectedHeader(await tokens.sign(claims)).kid).toBe(keyIdOf(secret));
  });

  it("without kid are tried with the current secret alone", async () => {
    expect(await tokens.verify(forge({ alg: "HS256" }, valid()))).toMatchObject(claims);
    await expect(tokens.verify(forge({ alg: "HS256" }, valid(), earlier))).rejects.toThrow();
  });

  it("may be late by five seconds, by the clock of whoever made them", async () => {
    expect(await tokens.verify(await tokens.sign(claims, -3))).toMatchObject(claims);
    await expect(tokens.verify(await tokens.sign(claims, -7))).rejects.toThrow(/exp/);
    expect(await tokens.verify(forge(head, { ...valid(), nbf: now() + 3 }))).toMatchObject(claims);
    await expect(tokens.verify(forge(head, { ...valid(), nbf: now() + 30 }))).rejects.toThrow(/nbf/);
  });

  it("that never expire end with the year 9999, which is still a date", async () => {
    const { exp } = await tokens.verify(forge(head, { ...valid(), exp: Number.MAX_SAFE_INTEGER }));
    expect(new Date(exp * 1000).toISOString()).toBe("9999-12-31T23:59:59.000Z");
  });

  it.each([
    ["no algorithm", () => `${part({ alg: "none" })}.${part(valid())}.`],
    ["no algorithm, under our kid", () => `${part({ alg: "none", kid: keyIdOf(secret) })}.${part(valid())}.`],
    ["another hash of the same secret", () => forge({ ...head, alg: "HS512" }, valid(), secret, "sha512")],
    ["an algorithm that is not the signature's", () => forge({ ...head, alg: "RS256" }, valid())],
    ["a kid that is none", () => forge({ ...head, kid: "nobody's" }, valid())],
    ["another secret's signature under our kid", () => forge(head, valid(), "a secret of a thief, 32 letters.")],
    ["the kid of before, signed by the current one", () => forge({ ...head, kid: keyIdOf(earlier) }, valid())],
    ["another issuer", () => forge(head, { ...valid(), iss: "elsewhere" })],
    ["no issuer", () => forge(head, { ...valid(), iss: undefined })],
    ["another audience", () => forge(head, { ...valid(), aud: "elsewhere" })],
    ["no audience", () => forge(head, { ...valid(), aud: undefined })],
    ["no expiry", () => forge(head, { ...valid(), exp: undefined })],
    ["no subject", () => forge(head, { ...valid(), sub: undefined })],
    ["a subject that is no id", () => forge(head, { ...valid(), sub: "amina" })],
    ["a role that is none", () => forge(head, { ...valid(), role: "boss" })],
    ["no token", () => "x.y.z"],
  ])("are refused with %s", async (_, make) => {
    await expect(tokens.verify(make())).rejects.toThrow();
  });

  it("are not anybody else's because they say so: what is not ours is refused without an outside issuer", async () => {
    const token = forge({ alg: "HS256" }, { ...valid(), iss: "https://issuer.test" });
    expect(decodeJwt(token).iss).toBe("https://issuer.test");
    await expect(tokens.verify(token)).rejects.toThrow();
  });
});
