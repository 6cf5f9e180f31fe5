import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../../src/commands/create-api-key.js";
import { createUser } from "../../../src/commands/create-user.js";
import { type Answered, type ApiUnderTest, type CallOptions, limitsBy, startApi } from "../api-under-test.js";

/** An API of its own for each test of this file: counts are not shared. */
const open: ApiUnderTest[] = [];
async function limitedApi(settings: Record<string, string>, trustProxy = false): Promise<ApiUnderTest> {
  const api = await startApi({}, { limits: limitsBy(settings, trustProxy) });
  open.push(api);
  return api;
}
afterAll(() => Promise.all(open.map((api) => api.drop())));

async function statuses(count: number, call: () => Promise<Answered>): Promise<number[]> {
  const all: number[] = [];
  for (let index = 0; index < count; index++) all.push((await call()).status);
  return all;
}

function expectLimited(answer: Answered, limit: number): void {
  expect([answer.status, answer.body.status]).toEqual([429, "rate_limited"]);
  const seconds = Number(answer.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(3600);
  expect(answer.headers.get("ratelimit-limit")).toBe(String(limit));
  expect(answer.headers.get("ratelimit-remaining")).toBe("0");
  expect(Number(answer.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
  expect(answer.body.detail).toContain("try again in");
}

describe("a caller's calls", () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await limitedApi({
      RATE_LIMIT_READ_PER_MINUTE: "4",
      RATE_LIMIT_WRITE_PER_MINUTE: "2",
      RATE_LIMIT_SEARCH_PER_MINUTE: "2",
      RATE_LIMIT_INTAKE_PER_MINUTE: "2",
      RATE_LIMIT_ASSIGN_PER_MINUTE: "2",
    });
  });
  const get = (path: string, token: string) => api.call("GET", path, undefined, { token });

  it("are limited by class and by user, say how many are left, and leave others alone", async () => {
    const { agent, agent2 } = api.tokens;
    const first = await get("/api/canned/", agent);
    expect(first.headers.get("ratelimit-limit")).toBe("4");
    expect(first.headers.get("ratelimit-remaining")).toBe("3");
    expect(await statuses(3, () => get("/api/canned/", agent))).toEqual([200, 200, 200]);
    expectLimited(await get("/api/agents/", agent), 4);
    expect((await get("/api/agents/", agent2)).status).toBe(200);
    const write = () => api.call("POST", "/api/canned/", { title: "t", text: "x" }, { token: agent });
    expect(await statuses(3, write)).toEqual([201, 201, 429]);
  });

  it("that search are counted apart, however the query spells it; lists without words are reads", async () => {
    const { agent2 } = api.tokens;
    expect((await get("/api/messages/?search=loan", agent2)).status).toBe(200);
    expect((await get("/api/messages/?%73earch=loan", agent2)).status).toBe(200);
    expectLimited(await get("/api/messages/?q=loan", agent2), 2);
    expectLimited(await get("/api/customers/?search=cleo", agent2), 2);
    expect((await get("/api/messages/?search=", agent2)).status).toBe(200);
  });

  it("are limited before anything is done, refused ones too", async () => {
    const { customer2 } = api.tokens;
    expect(await statuses(5, () => get("/api/users/", customer2))).toEqual([403, 403, 403, 403, 429]);
  });

  it("that pull a batch are counted apart", async () => {
    const pull = () => api.call("POST", "/api/agent/tickets/assign/", undefined, { token: api.tokens.agent });
    expect(await statuses(3, pull)).toEqual([200, 200, 429]);
  });

  it("a customer's messages are limited; those by an API key and an admin are not, nor is an admin soon", async () => {
    const { db } = api;
    const { key } = await createApiKey({ db }, { name: "shop", createdBy: null });
    const send = (options: CallOptions) => () =>
      api.call("POST", "/api/messages/", { user_id: "U001", body: "hello" }, options);
    expect(await statuses(3, send({ token: api.tokens.customer }))).toEqual([201, 201, 429]);
    expect(new Set(await statuses(15, send({ token: api.tokens.admin })))).toEqual(new Set([201]));
    expect(new Set(await statuses(15, send({ headers: { "x-api-key": key } })))).toEqual(new Set([201]));
    expect(await statuses(5, () => get("/api/users/", api.tokens.admin))).toEqual([200, 200, 200, 200, 200]);
  });
});

describe("calls that are nobody's", () => {
  it("are limited by address, but not health and files", async () => {
    const api = await limitedApi({ RATE_LIMIT_ANONYMOUS_PER_MINUTE: "2", RATE_LIMIT_AUTH_PER_MINUTE: "2" });
    const get = (path: string) => api.call("GET", path);
    expect(await statuses(3, () => get("/openapi.json"))).toEqual([200, 200, 429]);
    for (const path of ["/healthz", "/readyz", "/docs", "/docs/swagger-ui.css"])
      expect((await get(path)).status).toBe(200);
    expect(await statuses(3, () => api.call("POST", "/api/auth/refresh/", { refresh: "none" }))).toEqual([
      401, 401, 429,
    ]);
  });

  it("come from the address that the proxy names last, only where a proxy is trusted", async () => {
    const from = (api: ApiUnderTest, forwarded: string) =>
      api.call("GET", "/openapi.json", undefined, { headers: { "x-forwarded-for": forwarded } });
    const trusting = await limitedApi({ RATE_LIMIT_ANONYMOUS_PER_MINUTE: "1" }, true);
    expect((await from(trusting, "203.0.113.1")).status).toBe(200);
    expect((await from(trusting, "203.0.113.2")).status).toBe(200);
    expect((await from(trusting, "198.51.100.7, 203.0.113.2")).status).toBe(429);
    expect((await from(trusting, "2001:db8:0:1::1")).status).toBe(200);
    expect((await from(trusting, "2001:db8:0:1:ffff::2")).status).toBe(429);
    const wary = await limitedApi({ RATE_LIMIT_ANONYMOUS_PER_MINUTE: "1" });
    expect((await from(wary, "203.0.113.1")).status).toBe(200);
    expect((await from(wary, "203.0.113.2")).status).toBe(429);
  });
});

describe("refused calls", () => {
  it("turn from 401 into 429 for their address; who has a good token or a known key is not affected", async () => {
    const api = await limitedApi({ RATE_LIMIT_FAILURES_PER_MINUTE: "3" });
    const make = () => createApiKey({ db: api.db }, { name: "shop", createdBy: null });
    const [{ key: known }, { key: fresh }] = [await make(), await make()];
    const send = (key: string) =>
      api.call("POST", "/api/messages/", { user_id: "U001", body: "hi" }, { headers: { "x-api-key": key } });
    expect((await send(known)).status).toBe(201);
    const guess = (token: string) => api.call("GET", "/api/agents/", undefined, { token });
    expect((await guess("nonsense")).status).toBe(401);
    expect((await api.call("GET", "/api/agents/")).status).toBe(401);
    expect((await send("sk_wrong")).status).toBe(401);
    expectLimited(await guess("other-nonsense"), 3);
    expectLimited(await api.call("GET", "/api/agents/"), 3);
    expect((await guess(api.tokens.agent)).status).toBe(200);
    expect((await send(known)).status).toBe(201);
    // A key that was never seen is not looked up for an address like this one.
    expectLimited(await send(fresh), 3);
    expectLimited(await send("sk_wrong_again"), 3);
  });
});

describe("sign-ins", () => {
  const makeEve = ({ db }: ApiUnderTest) =>
    createUser({ db }, { role: "agent", name: "Eve", email: "eve@example.test", password: "correct horse battery" });
  const login = (api: ApiUnderTest, email: string, password: string, forwarded = "203.0.113.1") =>
    api.call("POST", "/api/auth/login/", { email, password }, { headers: { "x-forwarded-for": forwarded } });

  it("that fail are limited by e-mail address and place, alike whether or not anybody has it", async () => {
    const api = await limitedApi({ RATE_LIMIT_SIGN_IN_FAILURES_PER_HOUR: "3" }, true);
    await makeEve(api);
    const outcomes = async (email: string) => {
      const answers: Answered[] = [];
      for (let index = 0; index < 5; index++) answers.push(await login(api, email, "wrong password"));
      return answers;
    };
    const someone = await outcomes("eve@example.test");
    const nobody = await outcomes("nobody@example.test");
    for (const answers of [someone, nobody]) {
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429]);
      expect(answers[4]?.body.detail).toMatch(
        /^Too many failed sign-ins with this e-mail address; try again in \d+ s\.$/,
      );
      expect(answers[4]?.headers.get("ratelimit-limit")).toBe("3");
      expect(Number(answers[4]?.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    // The right password does not get through either, nor another spelling of the address; from elsewhere it does.
    expect((await login(api, "eve@example.test", "correct horse battery")).status).toBe(429);
    expect((await login(api, "EVE@Example.Test", "correct horse battery")).status).toBe(429);
    expect((await login(api, "eve@example.test", "correct horse battery", "203.0.113.9")).status).toBe(200);
  });

  it("that succeed clear the count", async () => {
    const api = await limitedApi({ RATE_LIMIT_SIGN_IN_FAILURES_PER_HOUR: "3" }, true);
    await makeEve(api);
    for (let round = 0; round < 3; round++) {
      expect((await login(api, "eve@example.test", "wrong password")).status).toBe(401);
      expect((await login(api, "eve@example.test", "wrong password")).status).toBe(401);
      expect((await login(api, "eve@example.test", "correct horse battery")).status).toBe(200);
    }
  });

  it("from many places are limited for one e-mail address too", async () => {
    const api = await limitedApi({ RATE_LIMIT_SIGN_IN_FAILURES_PER_HOUR: "1" }, true);
    let place = 0;
    const guess = () => login(api, "eve@example.test", "wrong password", `203.0.113.${++place}`);
    expect(await statuses(7, guess)).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });
});
