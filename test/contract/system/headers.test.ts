import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpoints } from "../../../src/api/routes/endpoints.js";
import { type Answered, type ApiUnderTest, limitsBy, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
const listed = "https://desk.example.test";
beforeAll(async () => {
  api = await startApi({ CORS_ORIGINS: [listed], TRUST_PROXY: true }, { limits: limitsBy({}) });
});
afterAll(() => api.drop());

function expectGuarded({ headers }: Answered, what: string): void {
  expect(headers.get("x-request-id"), what).toBeTruthy();
  expect(headers.get("x-content-type-options"), what).toBe("nosniff");
  expect(headers.get("x-frame-options"), what).toBe("DENY");
  expect(headers.get("referrer-policy"), what).toBe("no-referrer");
  expect(headers.get("cross-origin-resource-policy"), what).toBe("same-origin");
  expect(headers.get("cross-origin-opener-policy"), what).toBe("same-origin");
  expect(headers.get("permissions-policy"), what).toContain("camera=()");
  expect(headers.get("content-security-policy"), what).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
  expect(headers.get("set-cookie"), what).toBeNull();
}

describe("every answer", () => {
  it("of every route says to a browser what it may not do with it, refused or not", async () => {
    for (const { method, path } of endpoints) {
      const at = path.replace(/\{\w+\}/g, "1");
      for (const token of [undefined, api.tokens.admin]) {
        const body = method === "get" ? undefined : {};
        const answer = await api.call(method.toUpperCase(), at, body, token ? { token } : {});
        expectGuarded(answer, `${method} ${at} ${answer.status}`);
        if (!at.startsWith("/docs")) expect(answer.headers.get("cache-control"), at).toBe("no-store");
      }
    }
  });

  it("to what is no route too", async () => {
    expectGuarded(await api.call("GET", "/nowhere"), "404");
    expectGuarded(await api.call("DELETE", "/healthz"), "405");
    expectGuarded(await api.call("POST", "/api/messages/", undefined, { raw: "{" }), "401");
  });

  it("asks for TLS from then on where the proxy says that it came by TLS, and not else", async () => {
    const get = async (proto?: string) => {
      const headers: Record<string, string> = proto ? { "x-forwarded-proto": proto } : {};
      return (await api.call("GET", "/healthz", undefined, { headers })).headers.get("strict-transport-security");
    };
    expect(await get("https")).toBe("max-age=31536000");
    expect(await get("http, https")).toBe("max-age=31536000");
    expect(await get("https, http")).toBeNull();
    expect(await get()).toBeNull();
    const wary = await startApi();
    const headers = { "x-forwarded-proto": "https" };
    const answer = await wary.call("GET", "/healthz", undefined, { headers });
    expect(answer.headers.get("strict-transport-security")).toBeNull();
    await wary.drop();
  });

  it("of a caller says what is left of its limit", async () => {
    const answer = await api.call("GET", "/api/canned/", undefined, { token: api.tokens.agent2 });
    expect(Number(answer.headers.get("ratelimit-limit"))).toBeGreaterThan(0);
    expect(Number(answer.headers.get("ratelimit-remaining"))).toBeLessThan(
      Number(answer.headers.get("ratelimit-limit")),
    );
    expect(Number(answer.headers.get("ratelimit-reset"))).toBeLessThanOrEqual(60);
    expect((await api.call("GET", "/healthz")).headers.get("ratelimit-limit")).toBeNull();
  });
});

describe("the pages", () => {
  it("of the documentation load from here alone, and what swagger-ui needs", async () => {
    const answer = await api.call("GET", "/docs");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain("unsafe-eval");
    // All that the page names is from here, and none of it is in the page itself.
    const named = [...String(answer.body).matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url);
    expect(named.length).toBeGreaterThan(3);
    for (const url of named) expect(url).toMatch(/^\/docs\//);
    expect(String(answer.body)).not.toMatch(/<script>|<style|\son\w+=/);
    for (const url of named) expect((await api.call("GET", url ?? "")).status, url).toBe(200);
  });
});

describe("pages of other origins", () => {
  const call = (method: string, headers: Record<string, string>, token?: string) =>
    api.call(method, "/api/canned/", undefined, { headers, ...(token ? { token } : {}) });
  const ask = { "access-control-request-method": "POST", "access-control-request-headers": "idempotency-key" };

  it("on the list may ask, call with a token and read the answer with its limits; no cookie goes along", async () => {
    const preflight = await call("OPTIONS", { origin: listed, ...ask });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(listed);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
    for (const name of ["Authorization", "Content-Type", "Idempotency-Key", "X-Api-Key"]) {
      expect(preflight.headers.get("access-control-allow-headers")).toContain(name);
    }
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    const answer = await call("GET", { origin: listed }, api.tokens.agent2);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe(listed);
    expect(answer.headers.get("vary")).toBe("Origin");
    const exposed = answer.headers.get("access-control-expose-headers") ?? "";
    for (const name of ["X-Request-Id", "Retry-After", "RateLimit-Limit", "RateLimit-Reset", "Idempotent-Replayed"]) {
      expect(exposed).toContain(name);
    }
  });

  it.each(["https://evil.example", "https://desk.example.test.evil.example", "http://desk.example.test", "null"])(
    "not on it may read nothing: %s",
    async (origin) => {
      const preflight = await call("OPTIONS", { origin, ...ask });
      expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([405, null]);
      const answer = await call("GET", { origin }, api.tokens.agent2);
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.headers.get("vary")).toBe("Origin");
    },
  );

  it("an OPTIONS that asks for nothing is answered as any method that a path has not", async () => {
    const answer = await call("OPTIONS", { origin: listed });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
  });
});
