import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { attachUploadInTransaction } from "../../../src/commands/attach-upload.js";
import { inTransaction } from "../../../src/db/transaction.js";
import { sampleFiles } from "../../support/sample-files.js";
import { type Answered, type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { upload } from "./upload-form.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const send = async (token: string, kind: keyof typeof sampleFiles = "png") =>
  (await upload(api, token, sampleFiles[kind], `a file.${kind}`)).body as { id: number; url: string };

const read = (id: number, token?: string, query = "") =>
  api.call("GET", `/api/uploads/${id}/${query}`, undefined, token === undefined ? {} : { token });

const statuses = async (id: number) => {
  const { customer, customer2, agent, admin } = api.tokens;
  return Promise.all([customer, customer2, agent, admin].map(async (token) => (await read(id, token)).status));
};

/** A message of the first customer; its id, not its ticket's. */
async function messageOf(kind: "text" | "note" = "text"): Promise<number> {
  const ticketId = await api.message();
  const { rows } = await api.db.pool.query("SELECT opening_message_id AS id FROM tickets WHERE id = $1", [ticketId]);
  if (kind === "note") await api.db.pool.query("UPDATE messages SET kind = 'note' WHERE id = $1", [rows[0].id]);
  return rows[0].id;
}

const attach = (attachmentId: number, messageId: number, uploaderId: number = people.customer) =>
  inTransaction(api.db, (tx) => attachUploadInTransaction(tx, { attachmentId, messageId, uploaderId }));

function expectHarmless({ headers }: Answered): void {
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("content-disposition")).toMatch(/^attachment; filename="/);
  expect(headers.get("content-security-policy")).toContain("sandbox");
}

it("before a message uses it, its uploader alone has it", async () => {
  const { id } = await send(api.tokens.customer);
  expect(await statuses(id)).toEqual([200, 404, 404, 404]);
  const answer = await read(id, api.tokens.customer);
  expectHarmless(answer);
  expect(answer.headers.get("content-type")).toBe("image/png");
  expect(answer.headers.get("content-length")).toBe(String(sampleFiles.png.byteLength));
  expect(answer.headers.get("content-disposition")).toBe(
    `attachment; filename="a file.png"; filename*=UTF-8''a%20file.png`,
  );
});

it("the bytes come back as they were sent", async () => {
  const { id } = await send(api.tokens.customer, "png");
  const url = `http://127.0.0.1:8000/api/uploads/${id}/`;
  const answer = await api.app.request(url, {
    headers: { host: "127.0.0.1:8000", authorization: `Bearer ${api.tokens.customer}` },
  });
  expect(Buffer.from(await answer.arrayBuffer()).equals(sampleFiles.png)).toBe(true);
});

it("a message's file is for the participants of its conversation and for agents", async () => {
  const { id } = await send(api.tokens.customer, "pdf");
  await attach(id, await messageOf());
  expect(await statuses(id)).toEqual([200, 404, 200, 200]);
  expect((await read(id)).status).toBe(401);
});

it("a note's file never leaves the agents", async () => {
  const { id } = await send(api.tokens.agent, "txt");
  await attach(id, await messageOf("note"), people.agent);
  expect(await statuses(id)).toEqual([404, 404, 200, 200]);
});

it("a deleted message's file is gone for all", async () => {
  const { id } = await send(api.tokens.customer);
  const messageId = await messageOf();
  await attach(id, messageId);
  await api.db.pool.query("UPDATE messages SET deleted_at = now() WHERE id = $1", [messageId]);
  expect(await statuses(id)).toEqual([404, 404, 404, 404]);
});

it("is attached once, by its uploader alone, and another's is as good as none", async () => {
  const { id } = await send(api.tokens.customer);
  const [first, second] = [await messageOf(), await messageOf()];
  const refused = expect.objectContaining({ code: "attachment_not_found" });
  await expect(attach(id, first, people.customer2)).rejects.toEqual(refused);
  expect(await attach(id, first)).toMatchObject({ id, type: "image/png", url: `/api/uploads/${id}/` });
  await expect(attach(id, second)).rejects.toEqual(refused);
  await expect(attach(987_654, second)).rejects.toEqual(refused);
});

it("404 attachment_not_found: an id that nobody has, and what is no id", async () => {
  for (const id of ["987654", "0", "x", "../1", "1e3"]) {
    const { status, body } = await api.call("GET", `/api/uploads/${id}/`, undefined, { token: api.tokens.admin });
    expect([id, status, body.status]).toEqual([id, 404, id === "../1" ? "not_found" : "attachment_not_found"]);
  }
});

it("a picture's address shows it without a token, for that picture alone", async () => {
  const { id, url } = await send(api.tokens.customer);
  const other = await send(api.tokens.customer);
  const answer = await api.call("GET", url);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/png"]);
  expectHarmless(answer);
  for (const wrong of [url.replace(`/${id}/`, `/${other.id}/`), `/api/uploads/${id}/picture/`, `${url}x`]) {
    expect((await api.call("GET", wrong)).body.status).toBe("attachment_not_found");
  }
  const { url: fresh } = (await read(id, api.tokens.customer, "?address=1")).body;
  expect((await api.call("GET", fresh)).status).toBe(200);
  expect((await read(id, api.tokens.customer2, "?address=1")).status).toBe(404);
});

it("only pictures have one", async () => {
  const { id, url } = await send(api.tokens.customer, "pdf");
  expect(url).toBe(`/api/uploads/${id}/`);
  const signature = await api.deps.uploads.addresses.sign(id);
  expect((await api.call("GET", `/api/uploads/${id}/picture/?signature=${signature}`)).status).toBe(404);
});

it("400 invalid_query", async () => {
  const { id } = await send(api.tokens.customer);
  expect((await read(id, api.tokens.customer, "?address=yes")).body.status).toBe("invalid_query");
});

it("a file that the folder has lost is a 404, not an empty file", async () => {
  const { id } = await send(api.tokens.customer);
  rmSync(api.uploadsFolder, { recursive: true });
  expect((await read(id, api.tokens.customer)).body.status).toBe("attachment_not_found");
});
