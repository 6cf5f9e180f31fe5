import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { HttpServer, ListenError } from "../../../src/api/http-server.js";
import { until } from "../../support/until.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let http: HttpServer;

const startServer = async (port = 0) => {
  const server = new HttpServer({ fetch: api.app.fetch, host: "127.0.0.1", port, drainMs: 5000 });
  await server.start();
  return server;
};

beforeAll(async () => {
  api = await startApi();
  http = await startServer();
});
afterAll(async () => {
  await http.stop();
  await api.drop();
});

/** Sends bytes as they are and gives all that comes back until the server closes. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write(text);
  await once(socket, "close");
  return Buffer.concat(chunks).toString();
}

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${http.port}/api/messages/`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.tokens.admin}`, "content-type": "application/json", ...headers },
    body,
  });

it("answers over a real connection as it does without one", async () => {
  const answer = await post(JSON.stringify({ user_id: "U001", body: "hello" }), { "x-request-id": "real" });
  expect(answer.status).toBe(201);
  expect(answer.headers.get("x-request-id")).toBe("real");
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.json()).toMatchObject({ user_id: "U001", status: "unassigned" });
});

it("many at once are each answered with their own message", async () => {
  const bodies = Array.from({ length: 100 }, (_, n) => `message ${n}`);
  const answers = await Promise.all(
    bodies.map(async (body) => (await post(JSON.stringify({ user_id: `m${body.length}`, body }))).json()),
  );
  expect(answers.map((answer) => (answer as { body: string }).body)).toEqual(bodies);
  expect(new Set(answers.map((answer) => (answer as { id: number }).id)).size).toBe(100);
});

it("413 for a large body by its Content-Length, and for a chunked one that never says how large it is", async () => {
  const large = await post("x".repeat(70_000));
  expect([large.status, ((await large.json()) as { status: string }).status]).toEqual([413, "too_large"]);
  const chunk = `1000\r\n${"x".repeat(4096)}\r\n`;
  const head =
    `POST /api/messages/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${api.tokens.admin}\r\n` +
    "Transfer-Encoding: chunked\r\n\r\n";
  const answer = await raw(http.port, head + chunk.repeat(40));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer.toLowerCase()).toContain("x-request-id:");
  expect(answer).toContain('"status":"too_large"');
});

it("400 for a Host that no address can be made of", async () => {
  const answer = await raw(http.port, "GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n");
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer.toLowerCase()).toContain("x-request-id:");
});

it("says in one sentence that the port is taken", async () => {
  const second = new HttpServer({ fetch: api.app.fetch, host: "127.0.0.1", port: http.port, drainMs: 100 });
  const failed = await second.start().catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ListenError);
  expect((failed as Error).message).toBe(
    `port ${http.port} on 127.0.0.1 is taken: stop what listens there, or set PORT`,
  );
});

it("drains: a stop waits for the request that is under way and takes no new one", async () => {
  const server = await startServer();
  const { port } = server;
  const arrived = once(server.server, "request");
  const call = request({
    port,
    host: "127.0.0.1",
    method: "POST",
    path: "/api/messages/",
    headers: { authorization: `Bearer ${api.tokens.admin}`, "transfer-encoding": "chunked" },
  });
  call.write('{"user_id":"U001",');
  await arrived;
  const answered = once(call, "response");
  const stopped = server.stop();
  await until(() => !server.server.listening, "the server to take no more");
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
  call.end('"body":"last words"}');
  const [answer] = await answered;
  expect(answer.statusCode).toBe(201);
  answer.resume();
  await stopped;
});
