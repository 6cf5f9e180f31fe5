import { expect, it } from "vitest";
import { ConfigError, loadConfig } from "../../../src/runtime/config.js";

const secret = "a secret of more than thirty-two characters";
const other = "another secret of more than thirty-two characters";
const base = { DATABASE_URL: "postgres://x", JWT_SECRET: secret };
const load = (env: Record<string, string>) => loadConfig({ ...base, ...env });
const outside = { JWT_ISSUER: "https://issuer.test", JWT_AUDIENCE: "the desk" };

it("no outside issuer unless one is named; secrets of before", () => {
  const { tokens } = load({ JWT_PREVIOUS_SECRETS: ` ${other}, ` });
  expect(tokens).toEqual({ secret, previousSecrets: [other], accessTtlS: 900, outside: undefined });
});

it("an outside issuer signs by keys at an address, by its own secret, or by ours", () => {
  const keysOf = (env: Record<string, string>) => load({ ...outside, ...env }).tokens.outside?.keys;
  expect(keysOf({ JWT_JWKS_URL: "https://issuer.test/keys" })).toEqual({ jwksUrl: "https://issuer.test/keys" });
  expect(keysOf({ JWT_OUTSIDE_SECRET: other, JWT_PREVIOUS_SECRETS: other })).toEqual({ secrets: [other] });
  expect(keysOf({ JWT_PREVIOUS_SECRETS: other })).toEqual({ secrets: [secret, other] });
  expect(load({ ...outside, JWT_ROLE_CLAIM: "https://desk/role" }).tokens.outside).toMatchObject({
    issuer: "https://issuer.test",
    audience: "the desk",
    roleClaim: "https://desk/role",
    userIdClaim: "sub",
  });
});

it.each([
  ["JWT_ISSUER", { JWT_JWKS_URL: "https://issuer.test/keys", JWT_AUDIENCE: "the desk" }],
  ["JWT_AUDIENCE", { JWT_JWKS_URL: "https://issuer.test/keys", JWT_ISSUER: "https://issuer.test" }],
  ["JWT_ISSUER", { ...outside, JWT_ISSUER: "switchboard" }],
  ["JWT_OUTSIDE_SECRET", { ...outside, JWT_JWKS_URL: "https://issuer.test/keys", JWT_OUTSIDE_SECRET: other }],
  ["JWT_OUTSIDE_SECRET", { ...outside, JWT_OUTSIDE_SECRET: "short" }],
  ["JWT_PREVIOUS_SECRETS", { JWT_PREVIOUS_SECRETS: "short" }],
  ["JWT_JWKS_URL", { ...outside, JWT_JWKS_URL: "file:///etc/passwd" }],
])("%s: refused", (name, env) => {
  try {
    load(env);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map((problem) => problem.split(":")[0])).toEqual([name]);
  }
});
