import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

const folder = mkdtempSync(join(tmpdir(), "switchboard-widget-"));
const script = `"use strict";${"/* the same again */".repeat(50)}`;
const site = "https://shop.example.test";
let api: ApiUnderTest;
beforeAll(async () => {
  writeFileSync(join(folder, "widget.js"), script);
  api = await startApi({ CORS_ORIGINS: [site] }, { consoleFolder: folder });
});
afterAll(async () => {
  await api.drop();
  rmSync(folder, { recursive: true });
});

const get = (headers: Record<string, string> = {}, at = api) => at.app.request("/widget.js", { headers });

it("200: any page of any site may load it, and reads no more of the desk by that", async () => {
  for (const origin of [undefined, site, "https://other.example.test"]) {
    const answer = await get(origin === undefined ? {} : { origin, "sec-fetch-site": "cross-site" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect(await answer.text()).toBe(script);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=300, stale-while-revalidate=86400");
    // A cache keeps a page of its own for who takes no gzip, also where CORS_ORIGINS names somebody.
    expect(answer.headers.get("vary")).toBe("Accept-Encoding, Origin");
  }
});

it("200 in the open demo, where other sites' pages may call nothing else", async () => {
  const demo = await startApi({ openDemo: true }, { consoleFolder: folder });
  const foreign = { origin: "https://other.example.test", "sec-fetch-site": "cross-site" };
  expect((await get(foreign, demo)).status).toBe(200);
  expect((await demo.app.request("/api/auth/guest/", { method: "POST", headers: foreign })).status).toBe(403);
  await demo.drop();
});

it("304 to who has it, gzipped to who takes that", async () => {
  const small = await get({ "accept-encoding": "gzip" });
  expect(small.headers.get("content-encoding")).toBe("gzip");
  expect(gunzipSync(Buffer.from(await small.arrayBuffer())).toString()).toBe(script);
  const again = await get({ "if-none-match": small.headers.get("etag") ?? "" });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  expect(again.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
});

it("404 with one sentence where it was not built", async () => {
  const bare = await startApi();
  const answer = await bare.call("GET", "/widget.js");
  expect([answer.status, answer.body.status]).toEqual([404, "not_found"]);
  expect(answer.body.detail).toContain("npm run build");
  await bare.drop();
});
