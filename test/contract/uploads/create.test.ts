import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FilesUnavailable } from "../../../src/runtime/file-store.js";
import { sampleFiles } from "../../support/sample-files.js";
import { until } from "../../support/until.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { formHeaders, formOf, upload } from "./upload-form.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

/** Files in the store's folder, of whatever state. */
function filesOnDisk(): string[] {
  const names = readdirSync(api.uploadsFolder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => statSync(join(api.uploadsFolder, name)).isFile());
}

const rows = async () => (await api.db.pool.query("SELECT id FROM attachments")).rows.length;

/** That a call stores nothing: no row, and no file of any name once what it began is cleared away. */
async function leavesNothing<T>(call: () => Promise<T>): Promise<T> {
  const before = JSON.stringify([await rows(), filesOnDisk()]);
  const answer = await call();
  await until(async () => JSON.stringify([await rows(), filesOnDisk()]) === before, "nothing to be left");
  return answer;
}

it.each([
  ["png", "image/png"],
  ["jpeg", "image/jpeg"],
  ["gif", "image/gif"],
  ["webp", "image/webp"],
  ["pdf", "application/pdf"],
  ["txt", "text/plain"],
  ["csv", "text/csv"],
] as const)("201: %s", async (kind, type) => {
  const { status, body } = await upload(api, api.tokens.customer, sampleFiles[kind], `of a kind.${kind}`);
  expect(status).toBe(201);
  expect(body).toMatchObject({ id: expect.any(Number), type, size: sampleFiles[kind].byteLength });
  expect(body.name).toBe(`of a kind.${kind}`);
  expect(Object.keys(body).sort()).toEqual(["id", "name", "size", "type", "url"]);
  const url = type.startsWith("image/") ? `/api/uploads/${body.id}/picture/?signature=` : `/api/uploads/${body.id}/`;
  expect(body.url.startsWith(url)).toBe(true);
  const { rows: stored } = await api.db.pool.query("SELECT * FROM attachments WHERE id = $1", [body.id]);
  expect(stored[0]).toMatchObject({ uploader_id: people.customer, message_id: null, type });
  const path = join(api.uploadsFolder, stored[0].store_key.slice(0, 2), stored[0].store_key);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(path).size).toBe(sampleFiles[kind].byteLength);
});

it("agents and admins upload too; without a token 401, with an API key 401", async () => {
  for (const token of [api.tokens.agent, api.tokens.admin]) {
    expect((await upload(api, token, sampleFiles.txt, "a.txt")).status).toBe(201);
  }
  const raw = formOf(sampleFiles.txt, "a.txt");
  expect((await api.call("POST", "/api/uploads/", undefined, { raw, headers: formHeaders })).status).toBe(401);
  const headers = { ...formHeaders, "x-api-key": "sk_none" };
  expect((await api.call("POST", "/api/uploads/", undefined, { raw, headers })).status).toBe(401);
});

it("the name is made harmless", async () => {
  for (const [name, safe] of [
    ["../../../etc/passwd", "passwd.txt"],
    ["evil.html", "evil.html.txt"],
    ["Ñandú 😀.txt", "Ñandú 😀.txt"],
    ["", "file.txt"],
    ["a\u202Etxt.exe", "atxt.exe.txt"],
  ] as const) {
    const { status, body } = await upload(api, api.tokens.customer, sampleFiles.txt, name);
    expect([status, body.name]).toEqual([201, safe]);
  }
});

it.each([
  ["a zip named png", sampleFiles.zip, "picture.png"],
  ["a PDF of seven bytes", sampleFiles.shortPdf, "paper.pdf"],
  ["a drawing with a script", sampleFiles.svg, "picture.svg"],
  ["a program named txt", sampleFiles.program, "notes.txt"],
  ["text in another encoding", sampleFiles.latin1, "notes.txt"],
  ["text with NUL", sampleFiles.withNul, "notes.txt"],
  ["nothing at all", Buffer.alloc(0), "empty.txt"],
] as const)("415 type_not_allowed: %s", async (_what, bytes, name) => {
  const { status, body } = await leavesNothing(() => upload(api, api.tokens.customer, bytes, name));
  expect([status, body.status]).toEqual([415, "type_not_allowed"]);
});

it("415 for a kind that UPLOAD_TYPES leaves out", async () => {
  const other = await startApi({ UPLOAD_TYPES: ["pdf"] });
  expect((await upload(other, other.tokens.customer, sampleFiles.png, "a.png")).body.status).toBe("type_not_allowed");
  expect((await upload(other, other.tokens.customer, sampleFiles.pdf, "a.pdf")).status).toBe(201);
  await other.drop();
});

it("413 too_large: one byte more than UPLOAD_MAX_BYTES; exactly as many are taken", async () => {
  const most = Buffer.alloc(api.deps.config.UPLOAD_MAX_BYTES, 65);
  expect((await upload(api, api.tokens.customer, most, "a.txt")).status).toBe(201);
  const more = Buffer.concat([most, Buffer.from("A")]);
  const { status, body, headers } = await leavesNothing(() => upload(api, api.tokens.customer, more, "a.txt"));
  expect([status, body.status, headers.get("connection")]).toEqual([413, "too_large", "close"]);
});

it("413 at once for a Content-Length past the limit", async () => {
  const headers = { "content-length": "99999999" };
  const { status } = await leavesNothing(() => upload(api, api.tokens.customer, sampleFiles.txt, "a.txt", { headers }));
  expect(status).toBe(413);
});

it.each([
  ["JSON", Buffer.from("{}"), { "content-type": "application/json" }],
  ["no type", Buffer.from("{}"), { "content-type": "" }],
  ["no boundary", formOf(sampleFiles.txt, "a.txt"), { "content-type": "multipart/form-data" }],
  [
    "a boundary that is not there",
    formOf(sampleFiles.txt, "a.txt"),
    { "content-type": "multipart/form-data; boundary=x" },
  ],
  ["another field", formOf(sampleFiles.txt, "a.txt", "picture"), formHeaders],
  ["cut off in the file", formOf(sampleFiles.txt, "a.txt").subarray(0, -60), formHeaders],
  ["cut off in the head", formOf(sampleFiles.txt, "a.txt").subarray(0, 60), formHeaders],
  ["an empty body", Buffer.alloc(0), formHeaders],
] as const)("400 invalid_body: %s", async (_what, raw, headers) => {
  const call = () => api.call("POST", "/api/uploads/", undefined, { token: api.tokens.customer, raw, headers });
  const { status, body } = await leavesNothing(call);
  expect([status, body.status, body.errors[0].path]).toEqual([400, "invalid_body", "body.file"]);
});

it("a field without a file name is no file", async () => {
  const raw = Buffer.from(formOf(sampleFiles.txt, "x").toString().replace('; filename="x"', ""));
  const options = { token: api.tokens.customer, raw, headers: formHeaders };
  expect((await api.call("POST", "/api/uploads/", undefined, options)).body.status).toBe("invalid_body");
});

it("takes no Idempotency-Key: each upload is one of its own", async () => {
  const options = { headers: { "idempotency-key": "twice" } };
  const first = await upload(api, api.tokens.customer, sampleFiles.txt, "a.txt", options);
  const second = await upload(api, api.tokens.customer, sampleFiles.txt, "a.txt", options);
  expect(second.body.id).not.toBe(first.body.id);
  expect(second.headers.get("idempotent-replayed")).toBeNull();
});

it("429 for who leaves more unused than UPLOAD_UNUSED_MAX", async () => {
  const other = await startApi({ UPLOAD_UNUSED_MAX: 2 });
  const send = async (token: string) => (await upload(other, token, sampleFiles.txt, "a.txt")).status;
  const { customer, customer2 } = other.tokens;
  expect([await send(customer), await send(customer), await send(customer)]).toEqual([201, 201, 429]);
  expect(await send(customer2)).toBe(201);
  await other.drop();
});

it("503 when the disk is full, and nothing half", async () => {
  const { files } = api.deps.uploads;
  const full = new FilesUnavailable("no room", { cause: Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }) });
  api.deps.uploads.files = { ...files, put: () => Promise.reject(full) };
  const { status, body } = await leavesNothing(() => upload(api, api.tokens.customer, sampleFiles.png, "a.png"));
  api.deps.uploads.files = files;
  expect([status, body.status]).toEqual([503, "unavailable"]);
  expect(body.detail).not.toContain("ENOSPC");
});

it("no log line holds a token, a signature or the name of a file", async () => {
  const { body } = await upload(api, api.tokens.customer, sampleFiles.png, "secret-of-cleo.png");
  await api.call("GET", body.url);
  const log = api.logLines.join("\n");
  expect(log).toContain("/api/uploads/{id}/picture/");
  expect(log).not.toContain(new URL(body.url, "http://x").searchParams.get("signature"));
  expect(log).not.toContain("secret-of-cleo");
});
