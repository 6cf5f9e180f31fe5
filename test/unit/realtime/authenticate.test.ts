import { describe, expect, it } from "vitest";
import type { Standing } from "../../../src/db/queries/read-standing.js";
import { type AuthenticateOptions, authenticate, tokenOf } from "../../../src/realtime/authenticate.js";
import type { UpgradeRequest } from "../../../src/realtime/transport.js";
import { IssuerAway } from "../../../src/runtime/tokens-outside.js";

const user: Standing = {
  id: 1,
  role: "agent",
  name: "Agent 1",
  tokenVersion: 3,
  disabled: false,
  userId: null,
  sessions: ["a session"],
};
const outside = { issuer: "https://issuer.test", subject: "amina" };

function options(given: Partial<AuthenticateOptions> = {}): AuthenticateOptions {
  return {
    verifyToken: async (token) => {
      if (token === "away") throw new IssuerAway();
      const person = { outside, name: "Amina", email: null, userId: null, exp: 2_000_000_000 };
      if (token === "outside") return { ...person, role: "agent" };
      if (token === "outside-admin") return { ...person, role: "admin" };
      if (token !== "good" && token !== "of-a-session") throw new Error("bad signature");
      const sid = token === "good" ? {} : { sid: "a session" };
      return { sub: 1, role: "admin", name: "was admin", tv: 3, exp: 2_000_000_000, ...sid };
    },
    readUser: async () => user,
    admitOutside: async () => 1,
    openDemo: false,
    allowedHosts: [],
    allowedOrigins: ["https://desk.example"],
    ...given,
  };
}

function request(headers: Record<string, string>, query = ""): UpgradeRequest {
  return {
    path: "/ws/agents/",
    query: new URLSearchParams(query),
    header: (name) => ({ host: "127.0.0.1:8000", ...headers })[name],
    remoteAddress: "127.0.0.1",
  };
}

const codeOf = (given: UpgradeRequest, with_: Partial<AuthenticateOptions> = {}) =>
  authenticate(given, options(with_)).then(
    () => "let in",
    (error: { code?: string }) => error.code,
  );

describe("authenticate", () => {
  it("takes the token from the query, the subprotocol or the header, an empty one for none", () => {
    expect(tokenOf(request({}, "token=q"))).toEqual({ token: "q", protocol: null });
    expect(tokenOf(request({ "sec-websocket-protocol": "bearer, p" }))).toEqual({ token: "p", protocol: "bearer" });
    expect(tokenOf(request({ "sec-websocket-protocol": "p" }))).toEqual({ token: null, protocol: null });
    expect(tokenOf(request({ "sec-websocket-protocol": "bearer" }))).toEqual({ token: null, protocol: "bearer" });
    expect(tokenOf(request({ authorization: "Bearer h" }))).toEqual({ token: "h", protocol: null });
    expect(tokenOf(request({}, "token="))).toEqual({ token: null, protocol: null });
  });

  it("believes the database, not the token, about the role", async () => {
    const { viewer } = await authenticate(request({}, "token=good"), options());
    expect(viewer).toEqual({
      actor: { kind: "user", id: 1, role: "agent", name: "Agent 1" },
      expiresAtMs: 2_000_000_000_000,
      bearer: { userId: 1, version: 3, session: null, role: null, exp: 2_000_000_000 },
    });
  });

  it("lets an outside issuer's user in, and holds it to the user as it now is", async () => {
    const { viewer } = await authenticate(request({}, "token=outside"), options());
    expect(viewer).toMatchObject({ actor: { id: 1, role: "agent" }, bearer: { version: 3, role: "agent" } });
    expect(await codeOf(request({}, "token=outside-admin"))).toBe("forbidden");
    expect(await codeOf(request({}, "token=away"))).toBe("unavailable");
    expect(await codeOf(request({}, "token=outside"), { admitOutside: undefined })).toBe("unauthorized");
  });

  it.each([
    ["no token", "", {}],
    ["a bad token", "token=bad", {}],
    ["a user that is gone", "token=good", { readUser: async () => null }],
    ["a disabled user", "token=good", { readUser: async () => ({ ...user, disabled: true }) }],
    ["a revoked token", "token=good", { readUser: async () => ({ ...user, tokenVersion: 4 }) }],
    ["a token whose session has ended", "token=of-a-session", { readUser: async () => ({ ...user, sessions: [] }) }],
    ["a disabled user of an outside issuer", "token=outside", { readUser: async () => ({ ...user, disabled: true }) }],
    ["a bad token in the open demo", "token=bad", { openDemo: true }],
  ])("refuses with 401: %s", async (_what, query, given) => {
    expect(await codeOf(request({}, query), given)).toBe("unauthorized");
  });

  it("passes the database's error on: that is not the caller's fault", async () => {
    const away = new Error("connect ECONNREFUSED");
    await expect(
      authenticate(request({}, "token=good"), options({ readUser: () => Promise.reject(away) })),
    ).rejects.toBe(away);
  });

  it.each([
    ["none", undefined, "let in"],
    ["its own", "http://127.0.0.1:8000", "let in"],
    ["a listed one", "https://desk.example", "let in"],
    ["a foreign one", "https://evil.example", "origin_not_allowed"],
    ["another port", "http://127.0.0.1:3000", "origin_not_allowed"],
    ["another scheme than the listed", "http://desk.example", "origin_not_allowed"],
    ["none of a file", "null", "origin_not_allowed"],
  ])("with a token: Origin %s", async (_what, origin, outcome) => {
    expect(await codeOf(request(origin === undefined ? {} : { origin }, "token=good"))).toBe(outcome);
  });

  it.each([
    ["a plain client", {}, "let in"],
    ["localhost", { host: "localhost:8001" }, "let in"],
    ["IPv6", { host: "[::1]:8000" }, "let in"],
    ["the own page", { origin: "http://127.0.0.1:8000", "sec-fetch-site": "same-origin" }, "let in"],
    ["a name pointed at loopback", { host: "evil.example:8000" }, "host_not_allowed"],
    ["a name that begins like loopback", { host: "127.0.0.1.evil.example" }, "host_not_allowed"],
    ["no Host", { host: "" }, "host_not_allowed"],
    ["a foreign page", { origin: "https://evil.example" }, "origin_not_allowed"],
    ["a listed page: it needs a token", { origin: "https://desk.example" }, "origin_not_allowed"],
    ["a cross-site request", { "sec-fetch-site": "cross-site" }, "origin_not_allowed"],
  ])("open demo without a token: %s", async (_what, headers, outcome) => {
    expect(await codeOf(request(headers as Record<string, string>), { openDemo: true })).toBe(outcome);
  });

  it("serves the listed hosts only, with or without their port", async () => {
    const allowedHosts = ["desk.example"];
    expect(await codeOf(request({ host: "desk.example:443" }, "token=good"), { allowedHosts })).toBe("let in");
    expect(await codeOf(request({}, "token=good"), { allowedHosts })).toBe("host_not_allowed");
  });
});
