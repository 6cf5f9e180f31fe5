import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTokens } from "../../../src/runtime/tokens.js";
import { IssuerAway, type OutsideIssuer } from "../../../src/runtime/tokens-outside.js";

const secret = "a secret of a test, 32 characters";
const issuer = "https://issuer.test";
const audience = "the desk";
const rules = { issuer, audience, roleClaim: "role", userIdClaim: "sub" };
const encode = (text: string) => new TextEncoder().encode(text);

const withOutside = (keys: OutsideIssuer["keys"], other: Partial<OutsideIssuer> = {}) =>
  createTokens({ secret, accessTtlS: 900, outside: { ...rules, keys, ...other } });

interface Made {
  key: CryptoKey | Uint8Array;
  alg?: string;
  kid?: string;
  claims?: Record<string, unknown>;
}

/** A token of the outside issuer; a claim that is undefined is left out. */
function make({ key, alg = "RS256", kid, claims = {} }: Made): Promise<string> {
  const all = { iss: issuer, aud: audience, sub: "amina", role: "agent", exp: Math.floor(Date.now() / 1000) + 60 };
  const kept = Object.fromEntries(Object.entries({ ...all, ...claims }).filter(([, value]) => value !== undefined));
  return new SignJWT(kept).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) }).sign(key);
}

describe("by keys at an address", () => {
  const served = { status: 200, body: "", asked: 0, hangs: false };
  let server: Server;
  let url: string;
  const keys: Record<string, CryptoKey> = {};
  let publicPem: string;

  beforeAll(async () => {
    server = createServer((_, response) => {
      served.asked++;
      if (!served.hangs) response.writeHead(served.status, { "content-type": "application/json" }).end(served.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const jwks: object[] = [];
    for (const [kid, alg] of [
      ["rsa", "RS256"],
      ["ec", "ES256"],
      ["ed", "EdDSA"],
      ["pss", "PS256"],
    ] as const) {
      const pair = await generateKeyPair(alg, { extractable: true });
      keys[kid] = pair.privateKey;
      jwks.push({ ...(await exportJWK(pair.publicKey)), kid, alg, use: "sig" });
      if (kid === "rsa") publicPem = await exportSPKI(pair.publicKey);
    }
    served.body = JSON.stringify({ keys: jwks });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    Object.assign(served, { status: 200, asked: 0, hangs: false });
  });

  const keyOf = (kid: string) => keys[kid] as CryptoKey;

  it.each([
    ["rsa", "RS256"],
    ["pss", "PS256"],
    ["ec", "ES256"],
    ["ed", "EdDSA"],
  ])("takes %s (%s)", async (kid, alg) => {
    const tokens = withOutside({ jwksUrl: url });
    expect(await tokens.verify(await make({ key: keyOf(kid), alg, kid, claims: { name: "Amina" } }))).toEqual({
      outside: { issuer, subject: "amina" },
      ...{ role: "agent", name: "Amina", email: null, userId: null, exp: expect.any(Number) },
    });
  });

  it("fetches the keys once, ours do not ask for them, and an unknown kid does not have them fetched each time", async () => {
    const tokens = withOutside({ jwksUrl: url });
    await tokens.verify(await tokens.sign({ sub: 1, role: "agent", name: "", tv: 0 }));
    expect(served.asked).toBe(0);
    const token = await make({ key: keyOf("rsa"), kid: "rsa" });
    await Promise.all([tokens.verify(token), tokens.verify(token), tokens.verify(token)]);
    for (const kid of ["new", "newer", "newest"]) {
      await expect(tokens.verify(await make({ key: keyOf("rsa"), kid }))).rejects.not.toBeInstanceOf(IssuerAway);
    }
    expect(served.asked).toBe(1);
  });

  it.each([
    ["the public key as a shared secret", () => make({ key: encode(publicPem), alg: "HS256", kid: "rsa" })],
    ["our own secret", () => make({ key: encode(secret), alg: "HS256" })],
    [
      "another's key under a known kid",
      async () => make({ key: (await generateKeyPair("RS256")).privateKey, kid: "rsa" }),
    ],
    ["another issuer", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { iss: "https://other.test" } })],
    ["our issuer", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { iss: "switchboard", aud: "switchboard" } })],
    ["another audience", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { aud: "another" } })],
    ["no audience", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { aud: undefined } })],
    ["no expiry", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { exp: undefined } })],
    ["an expiry long ago", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { exp: 1_000_000_000 } })],
    ["no subject", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { sub: undefined } })],
    ["a subject with NUL", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { sub: "a\0b" } })],
    ["a role that is none", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { role: "boss" } })],
    ["two roles", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { role: ["agent", "admin"] } })],
    ["no role", () => make({ key: keyOf("rsa"), kid: "rsa", claims: { role: undefined } })],
  ])("refuses %s", async (_, made) => {
    const tokens = withOutside({ jwksUrl: url });
    await expect(tokens.verify(await made())).rejects.not.toBeInstanceOf(IssuerAway);
    await expect(tokens.verify(await made())).rejects.toThrow();
  });

  it("with an address that answers badly, or not: away for its tokens, soon, and ours are good", async () => {
    const outside = await make({ key: keyOf("rsa"), kid: "rsa" });
    for (const fault of [{ status: 500 }, { status: 302 }, { hangs: true }]) {
      Object.assign(served, { status: 200, hangs: false }, fault);
      const tokens = withOutside({ jwksUrl: url });
      const ours = await tokens.sign({ sub: 1, role: "agent", name: "", tv: 0 });
      await expect(tokens.verify(outside)).rejects.toBeInstanceOf(IssuerAway);
      const asked = served.asked;
      await expect(tokens.verify(outside)).rejects.toBeInstanceOf(IssuerAway);
      expect(served.asked).toBe(asked);
      expect(await tokens.verify(ours)).toMatchObject({ sub: 1 });
    }
    await expect(withOutside({ jwksUrl: "http://127.0.0.1:9/keys" }).verify(outside)).rejects.toBeInstanceOf(
      IssuerAway,
    );
  });
});

describe("by a shared secret", () => {
  const shared = "a secret that two share, 32 chars";
  const tokens = withOutside(
    { secrets: [secret, shared] },
    { roleClaim: "https://desk/role", userIdClaim: "customer" },
  );
  const claims = { role: undefined, "https://desk/role": ["offline_access", "customer"], customer: "U001" };
  const key = encode(shared);

  it("takes HS256 by any of the secrets, the role and the customer's id from their claims", async () => {
    const email = "amina@example.test";
    const token = await make({ key, alg: "HS256", claims: { ...claims, email, name: ` ${"x".repeat(300)}` } });
    expect(await tokens.verify(token)).toMatchObject({
      role: "customer",
      userId: "U001",
      email,
      name: "x".repeat(200),
    });
  });

  it.each([
    ["no id of the customer", { customer: undefined }],
    ["an id that is no text", { customer: 5 }],
    ["a blank id", { customer: " " }],
  ])("refuses %s", async (_, change) => {
    await expect(tokens.verify(await make({ key, alg: "HS256", claims: { ...claims, ...change } }))).rejects.toThrow();
  });

  it("refuses another secret, another hash, and a key of another kind", async () => {
    const other = encode("a secret of a thief, 32 letters..");
    const { privateKey } = await generateKeyPair("RS256");
    for (const made of [
      { key: other, alg: "HS256" },
      { key, alg: "HS384" },
      { key: privateKey, alg: "RS256" },
    ]) {
      await expect(tokens.verify(await make({ ...made, claims }))).rejects.toThrow();
    }
  });
});
