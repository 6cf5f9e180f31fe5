import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../src/runtime/metrics.js";
import { SystemPages } from "../../../src/runtime/system-pages.js";

const parts = { database: { ok: true, latency_ms: 1 } };

function ask(
  path: string,
  given: { address?: string; headers?: Record<string, string>; method?: string; ok?: boolean } = {},
) {
  const { address = "127.0.0.1", headers = {}, method = "GET", ok = true } = given;
  const pages = new SystemPages({
    metrics: createMetrics("worker"),
    look: async () => ({
      ...parts,
      queue: { ok, latency_ms: 2, ...(ok ? {} : { detail: "The queue does not answer." }) },
    }),
    token: "a token for the figures",
  });
  const all: Record<string, string> = { host: "127.0.0.1:9100", ...headers };
  return pages.answer({ method, path, header: (name) => all[name], remoteAddress: address });
}

describe("system pages", () => {
  it("healthz: alive, whatever the parts say", async () => {
    expect(await ask("/healthz", { ok: false, address: "10.0.0.7" })).toMatchObject({
      status: 200,
      body: '{"status":"ok"}',
    });
  });

  it("readyz: 200, or 503 with the part that is away", async () => {
    expect((await ask("/readyz"))?.status).toBe(200);
    const away = await ask("/readyz/", { ok: false, address: "10.0.0.7" });
    expect([away?.status, JSON.parse(away?.body ?? "")]).toMatchObject([
      503,
      { status: "unavailable", database: { ok: true }, queue: { ok: false, detail: "The queue does not answer." } },
    ]);
  });

  it("metrics: for this machine by its own name, else for the token", async () => {
    expect((await ask("/metrics"))?.body).toContain("process_cpu_seconds_total");
    expect((await ask("/metrics", { address: "::ffff:127.0.0.1" }))?.status).toBe(200);
    expect((await ask("/metrics", { address: "10.0.0.7" }))?.status).toBe(401);
    const token = { authorization: "Bearer a token for the figures" };
    expect((await ask("/metrics", { address: "10.0.0.7", headers: token }))?.status).toBe(200);
    const other = { authorization: "Bearer a token for the figureS" };
    expect((await ask("/metrics", { address: "10.0.0.7", headers: other }))?.status).toBe(401);
  });

  it("metrics: a proxy on this machine, and a page in its browser, are not this machine", async () => {
    for (const headers of [
      { "x-forwarded-for": "203.0.113.9" },
      { forwarded: "for=203.0.113.9" },
      { host: "desk.example.test" },
      { origin: "http://evil.example.test" },
    ] as Record<string, string>[]) {
      expect((await ask("/metrics", { headers }))?.status).toBe(401);
    }
  });

  it("has nothing else, and takes GET and HEAD", async () => {
    expect(await ask("/")).toBeNull();
    expect(await ask("/metricsx")).toBeNull();
    expect((await ask("/metrics", { method: "POST" }))?.status).toBe(405);
    expect((await ask("/readyz", { method: "HEAD" }))?.status).toBe(200);
  });
});
