import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { type ClientRequest, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { HttpServer } from "../../../src/api/http-server.js";
import { sampleFiles } from "../../support/sample-files.js";
import { until } from "../../support/until.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";
import { formHeaders, formOf } from "./upload-form.js";

// Over a real connection, where a body comes in pieces and may never end.

let api: ApiUnderTest;
let http: HttpServer;
const maxBytes = 4 * 1024 * 1024;

beforeAll(async () => {
  api = await startApi({ UPLOAD_MAX_BYTES: maxBytes });
  http = new HttpServer({ fetch: api.app.fetch, host: "127.0.0.1", port: 0, drainMs: 1000 });
  await http.start();
});
afterAll(async () => {
  await http.stop();
  await api.drop();
});

function begin(headers: Record<string, string> = {}): ClientRequest {
  const sent = request(`http://127.0.0.1:${http.port}/api/uploads/`, {
    method: "POST",
    headers: { authorization: `Bearer ${api.tokens.customer}`, ...formHeaders, ...headers },
  });
  sent.on("error", () => undefined);
  return sent;
}

const files = () =>
  readdirSync(api.uploadsFolder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(api.uploadsFolder, name)).isFile(),
  );

async function answerOf(sent: ClientRequest): Promise<{ status: number; body: string }> {
  const [answer] = await once(sent, "response");
  return { status: answer.statusCode, body: await text(answer) };
}

/** Where the bytes of the file end in a form. */
const formEnd = 45;

it.each([
  ["a file", formOf(Buffer.alloc(0), "endless.txt").subarray(0, -formEnd)],
  ["the head of a part", formOf(Buffer.alloc(0), "endless.txt").subarray(0, 80)],
  ["what is before the first part", Buffer.from("no boundary")],
])("%s is cut off where it passes the limit, however long it goes on", async (_what, beginning) => {
  const sent = begin();
  const answered = answerOf(sent);
  let answer: Awaited<typeof answered> | null = null;
  void answered.then((given) => {
    answer = given;
  });
  sent.write(beginning);
  const piece = Buffer.alloc(65_536, 65);
  let written = 0;
  await until(() => {
    if (answer === null && !sent.destroyed && sent.writableLength < 1024 * 1024) {
      sent.write(piece);
      written += piece.length;
    }
    return answer !== null;
  }, "the answer to a body without an end");
  expect(await answered).toMatchObject({ status: 413 });
  // What the sockets' buffers take is written; a body of any length is not.
  expect(written).toBeLessThan(maxBytes + 16 * 1024 * 1024);
  sent.destroy();
  await until(() => files().length === 0, "nothing on disk");
});

it("who goes away in the middle leaves nothing", async () => {
  const sent = begin();
  sent.write(formOf(sampleFiles.txt, "a.txt").subarray(0, -80));
  await until(() => files().length === 1, "a file that is being written");
  sent.destroy();
  await until(() => files().length === 0, "nothing on disk");
  const { rows } = await api.db.pool.query("SELECT FROM attachments");
  expect(rows).toEqual([]);
});

it("pieces of any size are one file, and the connection goes on", async () => {
  const form = formOf(Buffer.concat([sampleFiles.png, Buffer.alloc(50_000, 1)]), "a.png");
  const sent = begin();
  for (let at = 0; at < form.length; at += 997) sent.write(form.subarray(at, at + 997));
  sent.end();
  const { status, body } = await answerOf(sent);
  expect([status, JSON.parse(body).size]).toEqual([201, sampleFiles.png.length + 50_000]);
  const got = await fetch(`http://127.0.0.1:${http.port}/api/uploads/${JSON.parse(body).id}/`, {
    headers: { authorization: `Bearer ${api.tokens.customer}` },
  });
  expect([got.status, (await got.arrayBuffer()).byteLength]).toEqual([200, sampleFiles.png.length + 50_000]);
});

it("fifty at once are each stored whole", async () => {
  const before = files().length;
  const send = async (n: number) => {
    const form = new FormData();
    form.set("file", new Blob([`file ${n} ${"x".repeat(10_000)}`]), `${n}.txt`);
    const headers = { authorization: `Bearer ${api.tokens.agent}` };
    const answer = await fetch(`http://127.0.0.1:${http.port}/api/uploads/`, { method: "POST", headers, body: form });
    return ((await answer.json()) as { id: number; name: string }) ?? null;
  };
  const stored = await Promise.all(Array.from({ length: 50 }, (_, n) => send(n)));
  expect(stored.map(({ name }) => name)).toEqual(Array.from({ length: 50 }, (_, n) => `${n}.txt`));
  expect(new Set(stored.map(({ id }) => id)).size).toBe(50);
  expect(files().length - before).toBe(50);
});

it("who goes away while a file is sent to it does no harm", async () => {
  const form = formOf(Buffer.alloc(maxBytes, 65), "large.txt");
  const sent = begin();
  sent.end(form);
  const { body } = await answerOf(sent);
  const url = `http://127.0.0.1:${http.port}/api/uploads/${JSON.parse(body).id}/`;
  const headers = { authorization: `Bearer ${api.tokens.customer}` };
  for (let n = 0; n < 20; n++) {
    const got = request(url, { headers });
    got.on("error", () => undefined);
    got.end();
    const [answer] = await once(got, "response");
    await once(answer, "data");
    got.destroy();
  }
  expect((await (await fetch(url, { headers })).arrayBuffer()).byteLength).toBe(maxBytes);
});
