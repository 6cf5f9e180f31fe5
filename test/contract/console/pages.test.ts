import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

const folder = mkdtempSync(join(tmpdir(), "switchboard-console-"));
const page = `<!doctype html><title>Console</title>${"<p>the same again</p>".repeat(50)}`;
let api: ApiUnderTest;
beforeAll(async () => {
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), page);
  writeFileSync(join(folder, "chat.html"), "<!doctype html><title>Chat</title>");
  writeFileSync(join(folder, "assets/index-1a2b.js"), "export {};");
  writeFileSync(join(folder, ".built-from"), "not to be served");
  api = await startApi({}, { consoleFolder: folder });
});
afterAll(async () => {
  await api.drop();
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) => api.app.request(path, { headers });

it("200: the console at /, the customers' page at /chat, asked for anew each time, in nobody's frame", async () => {
  for (const [path, title] of [
    ["/", "Console"],
    ["/chat", "Chat"],
    ["/chat/", "Chat"],
  ] as const) {
    const answer = await get(path);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await answer.text()).toContain(`<title>${title}</title>`);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  }
});

it("304 to who has it, gzipped to who takes that", async () => {
  const first = await get("/");
  const etag = first.headers.get("etag") ?? "";
  expect(etag).toMatch(/^"[\w-]{27}"$/);
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await get("/", { "if-none-match": known });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  }
  expect((await get("/", { "if-none-match": '"other"' })).status).toBe(200);
  const small = await get("/", { "accept-encoding": "br, gzip" });
  expect(small.headers.get("content-encoding")).toBe("gzip");
  expect(small.headers.get("vary")).toBe("Accept-Encoding");
  expect(gunzipSync(Buffer.from(await small.arrayBuffer())).toString()).toBe(page);
});

it("200: its files are kept for good: their names change with what they hold", async () => {
  const answer = await get("/assets/index-1a2b.js");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
});

it("404 not_found for any other file, whatever the path; unknown API paths stay JSON", async () => {
  for (const path of [
    "/assets/none.js",
    "/assets/..%2Findex.html",
    "/assets/%2e%2e%2f.built-from",
    "/assets/constructor",
    "/.built-from",
    "/index.html",
    "/assets",
    "/api/nothing",
  ]) {
    const answer = await get(path);
    expect([path, answer.status, ((await answer.json()) as { status: string }).status]).toEqual([
      path,
      404,
      "not_found",
    ]);
  }
});

it("404 with one sentence where the console was not built", async () => {
  const bare = await startApi();
  const answer = await bare.call("GET", "/");
  expect([answer.status, answer.body.status]).toEqual([404, "not_found"]);
  expect(answer.body.detail).toContain("npm run build");
  await bare.drop();
});
