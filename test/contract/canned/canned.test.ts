import { afterAll, beforeAll, expect, it } from "vitest";
import { cannedPageSchema, cannedSchema } from "../../../src/contract/http/canned.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, path: string, body?: unknown, token = api.tokens.agent) =>
  api.call(method, `/api/canned/${path}`, body, { token });
const add = async (body: unknown) => (await call("POST", "", body)).body.id as number;

it("201: text and body are the same thing", async () => {
  const byText = await call("POST", "", { title: "Hours", text: "Nine to five.", shortcut: "hours" });
  expect(byText.status).toBe(201);
  expect(cannedSchema.parse(byText.body)).toMatchObject({ text: "Nine to five.", body: "Nine to five.", uses: 0 });
  const byBody = await call("POST", "", { title: "Thanks", body: "Thank you." }, api.tokens.admin);
  expect(byBody.body).toMatchObject({ text: "Thank you.", body: "Thank you.", shortcut: null });
});

it("200: one, the list in pages, changed in part, replaced as a whole", async () => {
  const id = await add({ title: "a", text: "b", shortcut: "part" });
  expect((await call("GET", `${id}/`)).body).toMatchObject({ id, title: "a" });
  expect((await call("PATCH", `${id}/`, { body: "c" })).body).toMatchObject({
    title: "a",
    text: "c",
    shortcut: "part",
  });
  expect((await call("PUT", `${id}/`, { title: "d", text: "e" })).body).toMatchObject({
    title: "d",
    text: "e",
    shortcut: null,
  });
  const first = cannedPageSchema.parse((await call("GET", "?limit=1")).body);
  const rest = cannedPageSchema.parse((await call("GET", `?cursor=${first.next}`)).body);
  const all = cannedPageSchema.parse((await call("GET", "")).body);
  expect([...first.results, ...rest.results]).toEqual(all.results);
  expect(rest.next).toBeNull();
});

it("tells those who watch of each change", async () => {
  const before = api.frames.length;
  const id = await add({ title: "a", text: "b" });
  await call("PATCH", `${id}/`, { text: "c" });
  await call("PUT", `${id}/`, { title: "d", text: "e" });
  await call("DELETE", `${id}/`);
  await call("DELETE", `${id}/`);
  const change = (name: string) => ({
    stream: "agents",
    frame: { type: "canned_changed", canned_id: id, change: name },
  });
  expect(api.frames.slice(before)).toEqual(["created", "updated", "updated", "deleted"].map(change));
});

it("204: removed, and gone", async () => {
  const id = await add({ title: "a", text: "b" });
  expect((await call("DELETE", `${id}/`)).status).toBe(204);
  expect((await call("GET", `${id}/`)).status).toBe(404);
  expect((await call("DELETE", `${id}/`)).body.status).toBe("canned_not_found");
});

it.each([
  ["no title", { text: "x" }],
  ["no text", { title: "x" }],
  ["a blank text", { title: "x", text: " " }],
  ["a title of 201 characters", { title: "x".repeat(201), text: "x" }],
  ["a text of 10,001 characters", { title: "x", text: "x".repeat(10_001) }],
  ["an empty shortcut", { title: "x", text: "x", shortcut: "" }],
  ["NUL", { title: "x\0", text: "x" }],
])("400: %s", async (_, body) => {
  for (const [method, path] of [
    ["POST", ""],
    ["PUT", "1/"],
  ] as const) {
    const answer = await call(method, path, body);
    expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
    expect(answer.body.errors.length).toBeGreaterThan(0);
  }
});

it("403: a customer", async () => {
  for (const [method, path, body] of [
    ["GET", "", undefined],
    ["POST", "", { title: "x", text: "x" }],
    ["DELETE", "1/", undefined],
  ] as const) {
    expect((await call(method, path, body, api.tokens.customer)).body.status).toBe("forbidden");
  }
});

it("404: one that is not there", async () => {
  for (const method of ["GET", "PATCH", "PUT", "DELETE"]) {
    const body = method === "GET" || method === "DELETE" ? undefined : { title: "x", text: "x" };
    for (const id of ["4711", "x"]) expect((await call(method, `${id}/`, body)).body.status).toBe("canned_not_found");
  }
});

it("409: a shortcut that another has, on adding and on changing", async () => {
  await add({ title: "a", text: "a", shortcut: "taken" });
  const id = await add({ title: "b", text: "b" });
  const added = await call("POST", "", { title: "c", text: "c", shortcut: "taken" });
  expect([added.status, added.body.status]).toEqual([409, "shortcut_taken"]);
  expect((await call("PATCH", `${id}/`, { shortcut: "taken" })).body.status).toBe("shortcut_taken");
});
