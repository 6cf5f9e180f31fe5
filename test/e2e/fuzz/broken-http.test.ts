import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../../src/runtime/config.js";
import { startRunningSystem } from "../../support/running-system.js";
import { RawHttp } from "./raw-client.js";

let client: RawHttp;
let stop: () => Promise<unknown>;
beforeAll(async () => {
  const running = process.env.FUZZ_DATA_DIR;
  const own = running ? null : await startRunningSystem({ args: ["--no-demo"] });
  client = new RawHttp(own?.api ?? `http://127.0.0.1:${loadConfig({ DATA_DIR: running }).PORT}`);
  stop = async () => own?.stop();
}, 120_000);
afterAll(async () => {
  client.close();
  await stop();
}, 30_000);

const to = (line: string, ...headers: string[]) =>
  [line, "Host: 127.0.0.1", ...headers, "Connection: close", "", ""].join("\r\n");

/** What Node's parser refuses before any route is asked: still one shape, with a request id (CONTRACT.md 0). */
test.each<[string, string, number[]]>([
  ["a byte above 127 in the target", to("GET /api/messages/\xe9/ HTTP/1.1"), [400]],
  ["a header with NUL", to("GET /healthz HTTP/1.1", "X-Null: a\0b"), [400]],
  ["a header without a colon", to("GET /healthz HTTP/1.1", "no colon"), [400]],
  ["a negative length", to("POST /api/messages/ HTTP/1.1", "Content-Length: -1"), [400]],
  ["a length and chunks", to("POST /api/messages/ HTTP/1.1", "Content-Length: 3", "Transfer-Encoding: chunked"), [400]],
  ["no HTTP at all", "hello\r\n\r\n", [400]],
  ["an unknown version", to("GET /healthz HTTP/9.9"), [400, 505]],
  ["20 kB of headers", to("GET /healthz HTTP/1.1", `X-Large: ${"x".repeat(20_000)}`), [413, 431]],
])("%s is refused in the contract's shape", async (_, bytes, statuses) => {
  const { status, headers, body } = await client.send(Buffer.from(bytes, "latin1"));
  expect(statuses).toContain(status);
  expect(headers["x-request-id"]).toMatch(/^[\w-]+$/);
  expect(JSON.parse(body.toString())).toMatchObject({ status: expect.any(String), detail: expect.any(String) });
});
