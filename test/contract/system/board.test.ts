import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stages } from "../../../src/contract/events.js";
import { boardQueues } from "../../../src/queue/board.js";
import { createProducer } from "../../../src/queue/stage-producer.js";
import { type QueueStore, StoreAwayError } from "../../../src/queue/store.js";
import { drivers, limits, openTestStore } from "../../integration/queue/drivers.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

const html = { accept: "text/html,application/xhtml+xml" };

describe.each(drivers.filter((driver) => driver.available))("bull-board on $name", (driver) => {
  let api: ApiUnderTest;
  let store: QueueStore;
  let drop: () => Promise<void>;
  const get = (path: string, token?: string) => api.call("GET", path, undefined, token ? { token } : {});

  beforeAll(async () => {
    const made = await driver.make();
    drop = made.drop;
    store = openTestStore(made.address);
    api = await startApi({}, { pingQueue: (ms) => store.ping(ms), boardQueues: () => boardQueues(store) });
    await createProducer(store, limits).enqueue("score", [{ subjectId: 7, requestId: "asked-by-me" }]);
  });
  afterAll(async () => {
    await store.close();
    await api.drop();
    await drop();
  });

  it("is a page for admins, with its files and figures", async () => {
    for (const path of ["/admin/queues/", "/admin/queues", "/admin/queues/queue/score"]) {
      const page = await get(path, api.tokens.admin);
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
      expect(page.body).toContain('<base href="/admin/queues/"');
      expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
      expect(page.headers.get("x-request-id")).not.toBe(null);
    }
    const page = await get("/admin/queues/", api.tokens.admin);
    const script = /static\/js\/main[^"]+/.exec(page.body as string)?.[0];
    const file = await get(`/admin/queues/${script}`, api.tokens.admin);
    expect([file.status, file.headers.get("content-type")]).toEqual([200, expect.stringContaining("javascript")]);
    const { status, body } = await get("/admin/queues/api/queues?activeQueue=score&status=waiting", api.tokens.admin);
    expect(status).toBe(200);
    expect(body.queues.map(({ name }: { name: string }) => name)).toEqual([...stages]);
    expect(body.queues[0]).toMatchObject({ counts: { waiting: 1 }, jobs: [{ data: { subject_ids: [7] } }] });
    const stats = await get("/admin/queues/api/redis/stats", api.tokens.admin);
    expect([stats.status, stats.body.backend]).toEqual([200, driver.name]);
  });

  it("pauses, resumes and empties; makes no job, changes none, obliterates nothing", async () => {
    const put = (path: string, body?: unknown) => api.call("PUT", path, body, { token: api.tokens.admin });
    expect((await put("/admin/queues/api/queues/route/pause")).status).toBe(200);
    expect(await (await store.queue("route")).isPaused()).toBe(true);
    expect((await put("/admin/queues/api/queues/route/resume")).status).toBe(200);
    expect(await (await store.queue("route")).isPaused()).toBe(false);
    const [job] = await (await store.queue("score")).getJobs(["waiting"], 0, 0);
    for (const path of ["score/obliterate", "score/concurrency", "score/rate-limit"]) {
      const refused = await put(`/admin/queues/api/queues/${path}`, { force: true });
      expect([refused.status, refused.body.status]).toEqual([403, "forbidden"]);
    }
    const add = { token: api.tokens.admin };
    const added = await api.call("POST", "/admin/queues/api/queues/score/add", { name: "x", data: {} }, add);
    expect(added.status).toBe(403);
    const changed = await api.call("PATCH", `/admin/queues/api/queues/score/${job?.id}/update-data`, {}, add);
    expect(changed.status).toBe(403);
    expect((await put("/admin/queues/api/queues/score/empty")).status).toBe(200);
    expect(await (await store.queue("score")).getJobCounts("waiting")).toMatchObject({ waiting: 0 });
    const { rows } = await api.db.pool.query(
      "SELECT action, subject_id, after FROM audit_log WHERE actor_id = 10 ORDER BY id",
    );
    expect(rows.at(-1)).toEqual({ action: "stage.drain", subject_id: "score", after: {} });
    expect(rows).toContainEqual({ action: "stage.pause", subject_id: "route", after: {} });
    expect(rows).not.toContainEqual(expect.objectContaining({ action: expect.stringMatching(/add|update/) }));
  });

  it("401 without a token, 403 for others; a browser is told the way in", async () => {
    for (const path of ["/admin/queues/", "/admin/queues/api/queues", "/admin/queues/static/js/x.js"]) {
      const nobody = await get(path);
      expect([nobody.status, nobody.body.status]).toEqual([401, "unauthorized"]);
      for (const token of [api.tokens.agent, api.tokens.customer]) {
        const refused = await get(path, token);
        expect([refused.status, refused.body.status]).toEqual([403, "forbidden"]);
      }
    }
    expect((await get("/admin/queues/", "not-a-token")).status).toBe(401);
    const page = await api.call("GET", "/admin/queues/", undefined, { headers: html });
    expect([page.status, page.headers.get("content-type")]).toEqual([401, "text/html; charset=utf-8"]);
    expect(page.body).toContain("/admin/queues/?token=");
  });

  it("?token= becomes a cookie for this path alone, and leaves the address", async () => {
    const entered = await get(`/admin/queues/?token=${api.tokens.admin}`);
    expect([entered.status, entered.headers.get("location")]).toEqual([303, "/admin/queues/"]);
    const set = entered.headers.get("set-cookie") ?? "";
    expect(set).toMatch(/; Path=\/admin\/queues; HttpOnly; SameSite=Strict$/);
    const cookie = set.split(";")[0] ?? "";
    const withCookie = (method: string, path: string, headers: Record<string, string> = {}) =>
      api.call(method, path, undefined, { headers: { cookie, ...headers } });
    expect((await withCookie("GET", "/admin/queues/api/queues")).status).toBe(200);
    expect((await withCookie("GET", "/api/users/")).status).toBe(401);
    const pause = "/admin/queues/api/queues/deliver/pause";
    for (const headers of [{}, { origin: "http://127.0.0.1:3000" }, { origin: "http://evil.test" }]) {
      const refused = await withCookie("PUT", pause, headers as Record<string, string>);
      expect([refused.status, refused.body.status]).toEqual([403, "origin_not_allowed"]);
    }
    expect(await (await store.queue("deliver")).isPaused()).toBe(false);
    expect((await withCookie("PUT", pause, { origin: "http://127.0.0.1:8000" })).status).toBe(200);
    expect(await (await store.queue("deliver")).isPaused()).toBe(true);

    for (const [token, status] of [[api.tokens.agent, 403] as const, ["nonsense", 401] as const]) {
      const refused = await get(`/admin/queues/?token=${token}`);
      expect([refused.status, refused.headers.get("set-cookie")]).toEqual([status, null]);
    }
    expect(api.logLines.join("")).not.toContain(api.tokens.admin);
  });

  it("404 for what is not there, also above its folder", async () => {
    for (const path of [
      "nothing",
      "api/queues/nothing",
      "static/nothing.js",
      "static/%2e%2e/index.ejs",
      "static/..%2findex.ejs",
    ]) {
      const answer = await get(`/admin/queues/${path}`, api.tokens.admin);
      expect([path, answer.status]).toEqual([path, 404]);
    }
  });
});

it("503 while the store is away, at once, and serves again when it is back", async () => {
  const driver = drivers.find(({ name }) => name === "postgres");
  const made = await driver?.make();
  if (!made) throw new Error("no driver");
  const store = openTestStore(made.address);
  let away = true;
  const whenThere = async () => {
    if (away) throw new StoreAwayError("away");
  };
  const api = await startApi({}, { pingQueue: whenThere, boardQueues: () => boardQueues(store) });
  try {
    const call = (headers = {}) => api.call("GET", "/admin/queues/", undefined, { token: api.tokens.admin, headers });
    const answer = await call();
    expect([answer.status, answer.body.status]).toEqual([503, "unavailable"]);
    const page = await call(html);
    expect([page.status, page.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    away = false;
    expect((await call()).status).toBe(200);
  } finally {
    await store.close();
    await api.drop();
    await made.drop();
  }
});

it("the open demo opens it to a page of its own, not to a foreign one", async () => {
  const driver = drivers.find(({ name }) => name === "postgres");
  const made = await driver?.make();
  if (!made) throw new Error("no driver");
  const store = openTestStore(made.address);
  const api = await startApi({ openDemo: true }, { boardQueues: () => boardQueues(store) });
  try {
    const call = (headers: Record<string, string>) => api.call("GET", "/admin/queues/", undefined, { headers });
    expect((await call({})).status).toBe(200);
    expect((await call({ cookie: "switchboard_board=stale" })).status).toBe(200);
    expect((await call({ "x-api-key": "any" })).status).toBe(401);
    expect((await call({ "sec-fetch-site": "cross-site" })).status).toBe(403);
  } finally {
    await store.close();
    await api.drop();
    await made.drop();
  }
});
