import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
const listed = "https://desk.example.test";
beforeAll(async () => {
  api = await startApi({ openDemo: true, CORS_ORIGINS: [listed] });
});
afterAll(() => api.drop());

describe("a call without a token", () => {
  it("works as seed 000 prints it: sent, claimed, closed by the reply, and closed once", async () => {
    const sent = await api.call("POST", "/api/messages/", { user_id: "U777", body: "When will my loan be disbursed?" });
    expect([sent.status, sent.body.user_id]).toEqual([201, "U777"]);
    const path = `/api/messages/${sent.body.id}`;
    const claimed = await api.call("POST", `${path}/claim`, { agent_id: 1 });
    expect([claimed.status, claimed.body.status, claimed.body.claimed_by]).toEqual([200, "claimed", "Agent 1"]);
    const lost = await api.call("POST", `${path}/claim`, { agent_id: 2 });
    expect([lost.status, lost.body.status, lost.body.by]).toEqual([409, "already_claimed", "Agent 1"]);
    const closed = await api.call("POST", `${path}/reply`, { agent_id: 1, text: "Within 24 hours." });
    expect([closed.status, closed.body.status]).toEqual([200, "closed"]);
    await api.call("POST", "/api/canned/", { title: "t", text: "Hello." });
    const canned = (await api.call("GET", "/api/canned/")).body.results[0].id;
    const again = await api.call("POST", `${path}/canned`, { agent_id: 1, canned_id: canned });
    expect([again.status, again.body.status]).toEqual([409, "already_closed"]);
  });

  it("acts as the agent in its body or its query, else as the admin", async () => {
    const id = await api.message();
    await api.call("POST", `/api/messages/${id}/claim`, { agent_id: 1 });
    expect((await api.call("POST", `/api/messages/${id}/release`, { agent_id: 2 })).body.status).toBe(
      "not_assigned_to_you",
    );
    expect((await api.call("POST", `/api/messages/${id}/release?agent_id=2`)).body.status).toBe("not_assigned_to_you");
    expect((await api.call("GET", "/api/messages/?assigned_to=me&agent_id=1")).body.results).toHaveLength(2);
    expect((await api.call("GET", "/api/users/?agent_id=1")).body.status).toBe("forbidden");
    expect((await api.call("POST", `/api/messages/${id}/release`)).status).toBe(200);
    expect((await api.call("GET", "/api/users/")).status).toBe(200);
  });

  it("does not act as a customer where no customer may call: there, user_id says whom it is about", async () => {
    const ticket = { title: "Card", description: "My card is lost", user_id: "U001" };
    expect((await api.call("POST", "/api/admin/tickets/", ticket)).status).toBe(201);
  });

  it("says that an agent is not there, and what is no id at all", async () => {
    const id = await api.message();
    expect((await api.call("POST", `/api/messages/${id}/claim`, { agent_id: 4711 })).body.status).toBe(
      "agent_not_found",
    );
    expect((await api.call("POST", `/api/messages/${id}/claim`, { agent_id: "x" })).body.status).toBe(
      "invalid_agent_id",
    );
    expect((await api.call("POST", `/api/messages/${id}/claim`, {})).body.status).toBe("invalid_agent_id");
    expect((await api.call("POST", "/api/messages/", { user_id: "a\0", body: "x" })).body.status).toBe("invalid_body");
    expect((await api.call("POST", "/api/messages/", { body: "x" })).body.status).toBe("invalid_body");
  });
});

it("a call with a token is just that token's user", async () => {
  const answer = await api.call("GET", "/api/users/", undefined, { token: api.tokens.customer });
  expect([answer.status, answer.body.status]).toEqual([403, "forbidden"]);
  const id = await api.message();
  const claim = await api.call(
    "POST",
    `/api/messages/${id}/claim`,
    { agent_id: people.agent2 },
    { token: api.tokens.agent },
  );
  expect(claim.body.status).toBe("not_your_agent");
  expect((await api.call("GET", "/api/users/", undefined, { token: "nonsense" })).status).toBe(401);
});

describe("the browser guard", () => {
  const codeOf = async (path: string, headers: Record<string, string>, token?: string) => {
    const answer = await api.call("GET", path, undefined, { headers, ...(token ? { token } : {}) });
    return [answer.status, answer.body.status];
  };

  it.each(["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000"])("lets the host %s in", async (host) => {
    expect((await codeOf("/api/agents/", { host }))[0]).toBe(200);
  });

  it.each(["desk.example.test", "127.0.0.1.example.test", "localhost.", "10.0.0.1:8000"])(
    "refuses the host %s",
    async (host) => {
      expect(await codeOf("/api/agents/", { host })).toEqual([403, "host_not_allowed"]);
      expect(await codeOf("/docs", { host })).toEqual([403, "host_not_allowed"]);
    },
  );

  it.each(["https://evil.example", "null", "http://localhost:3000", listed])(
    "refuses the origin %s without a token",
    async (origin) => {
      expect(await codeOf("/api/agents/", { origin })).toEqual([403, "origin_not_allowed"]);
    },
  );

  it.each(["cross-site", "same-site", "nonsense"])("refuses %s requests, but not of files", async (site) => {
    const headers = { "sec-fetch-site": site };
    expect(await codeOf("/api/agents/", headers)).toEqual([403, "origin_not_allowed"]);
    expect(await codeOf("/healthz", headers)).toEqual([403, "origin_not_allowed"]);
    expect((await codeOf("/docs", headers))[0]).toBe(200);
    for (const path of ["/", "/chat", "/assets/none.js"]) expect((await codeOf(path, headers))[0]).toBe(404);
  });

  it.each(["same-origin", "none"])("lets %s requests in", async (site) => {
    expect((await codeOf("/api/agents/", { "sec-fetch-site": site }))[0]).toBe(200);
  });

  it("lets the own origin in", async () => {
    expect((await codeOf("/api/agents/", { origin: "http://127.0.0.1:8000" }))[0]).toBe(200);
  });

  it("lets a listed origin sign in and call with a token, and read the answer; no other", async () => {
    const allowed = await api.call("GET", "/api/agents/", undefined, {
      headers: { origin: listed },
      token: api.tokens.agent,
    });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(listed);
    const login = await api.call(
      "POST",
      "/api/auth/login/",
      { email: "x", password: "x" },
      { headers: { origin: listed } },
    );
    expect(login.status).toBe(401);
    expect(login.headers.get("access-control-allow-origin")).toBe(listed);
    const asks = { "access-control-request-method": "GET" };
    const preflight = await api.call("OPTIONS", "/api/agents/", undefined, { headers: { origin: listed, ...asks } });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, listed]);
    const other = await api.call("OPTIONS", "/api/agents/", undefined, { headers: { origin: "https://evil.example" } });
    expect([other.status, other.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    expect(await codeOf("/api/agents/", { origin: "https://evil.example" }, api.tokens.agent)).toEqual([
      403,
      "origin_not_allowed",
    ]);
  });
});
