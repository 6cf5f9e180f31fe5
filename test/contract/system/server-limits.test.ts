import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HttpServer } from "../../../src/api/http-server.js";
import { until } from "../../support/until.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let http: HttpServer;
beforeAll(async () => {
  api = await startApi();
  const patience = { headersTimeout: 200, requestTimeout: 600 };
  http = new HttpServer({ fetch: api.app.fetch, host: "127.0.0.1", port: 0, drainMs: 1000, patience });
  await http.start();
});
afterAll(async () => {
  await http.stop();
  await api.drop();
});

interface RawAnswer {
  status: number;
  headers: Map<string, string>;
  /** All that came after the first head. */
  rest: string;
}

/** Sends bytes as they are, and gives all that comes back until the server closes the connection. */
async function raw(text: string | ((socket: Socket) => void)): Promise<RawAnswer> {
  const socket = connect(http.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  if (typeof text === "string") socket.write(text, "latin1");
  else text(socket);
  await once(socket, "close");
  const [head = "", ...rest] = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n");
  const lines = head.split("\r\n");
  const headers = lines.slice(1).map((line): [string, string] => {
    const at = line.indexOf(": ");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
  });
  return { status: Number(lines[0]?.split(" ")[1] ?? 0), headers: new Map(headers), rest: rest.join("\r\n\r\n") };
}

function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.rest)).toMatchObject({ status: code, detail: expect.stringMatching(/\.$/) });
  expect(answer.headers.get("x-request-id")).toBeTruthy();
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("connection")).toBe("close");
}

const post = (headers: string[], body = "") =>
  [
    "POST /api/messages/ HTTP/1.1",
    "Host: 127.0.0.1",
    `Authorization: Bearer ${api.tokens.admin}`,
    ...headers,
    "",
    body,
  ].join("\r\n");

describe("a request's head", () => {
  it("431: more headers than anybody sends, or more bytes", async () => {
    const many = Array.from({ length: 101 }, (_, index) => `X-H${index}: 1`);
    expectProblem(
      await raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n${many.join("\r\n")}\r\n\r\n`),
      431,
      "headers_too_large",
    );
    const large = await raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`);
    expectProblem(large, 431, "headers_too_large");
  });

  it("414: a longer target than anything here has", async () => {
    const answer = await raw(`GET /api/messages/?search=${"x".repeat(9000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    expectProblem(answer, 414, "url_too_long");
  });

  it.each([
    ["no HTTP", "hello there\r\n\r\n"],
    ["no Host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["a Host with a space", "GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"],
    ["no Host in HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n"],
    ["two lengths", "POST /api/messages/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"],
    [
      "a length and chunks",
      "POST /api/messages/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["a header that is folded", "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: b\r\n c\r\n\r\n"],
  ])("400: %s", async (_, text) => {
    expect((await raw(text)).status).toBe(400);
  });

  it("403: a target that names another host than Host does", async () => {
    const head = (target: string, host: string) =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    expect((await raw(head("http://127.0.0.1/healthz", "127.0.0.1"))).status).toBe(200);
    expect((await raw(head("http://evil.example/healthz", "127.0.0.1"))).status).toBe(403);
    expect((await raw(head("http://127.0.0.1/healthz", "evil.example"))).status).toBe(403);
  });

  it("408: one that does not end; the connection is closed", async () => {
    const answer = await raw("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ");
    expectProblem(answer, 408, "request_timeout");
  });
});

describe("a request's body", () => {
  it("408: one that is shorter than it says, or never ends; nothing is done", async () => {
    const before = (await api.db.pool.query("SELECT count(*) FROM tickets")).rows;
    expectProblem(await raw(post(["Content-Length: 100"], '{"user_id":"U001"')), 408, "request_timeout");
    const chunked = await raw(post(["Transfer-Encoding: chunked"], '5\r\n{"use\r\n'));
    expectProblem(chunked, 408, "request_timeout");
    expect((await api.db.pool.query("SELECT count(*) FROM tickets")).rows).toEqual(before);
  });

  it("413: one that says that it is too long, at once; the connection is closed", async () => {
    const answer = await raw(post(["Content-Length: 99999999"], "{"));
    expectProblem(answer, 413, "too_large");
  });

  it("413: chunks that go on past the limit; the connection is closed", async () => {
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const answer = await raw(post(["Transfer-Encoding: chunked"], chunk.repeat(8)));
    expectProblem(answer, 413, "too_large");
  });

  it("what stands behind a whole request is not answered in its place", async () => {
    const body = JSON.stringify({ user_id: "U9", body: "hello" });
    const answer = await raw(post([`Content-Length: ${body.length}`], `${body}and more\r\n\r\n`));
    // Cut off, or answered before: what is stored is not said to be refused.
    expect([0, 201]).toContain(answer.status);
    const stored =
      "SELECT count(*)::int AS n FROM tickets t JOIN customers c ON c.id = t.customer_id WHERE c.user_id = 'U9'";
    await until(async () => (await api.db.pool.query(stored)).rows[0].n === 1, "the message");
  });
});
