import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const as = (token: string | undefined, method: string, path = "", body?: unknown) =>
  api.call(method, `/api/bot-prompts/${path}`, body, token === undefined ? {} : { token });
const admin = (method: string, path = "", body?: unknown) => as(api.tokens.admin, method, path, body);
const add = async (title: string, more: object = {}) =>
  (await admin("POST", "", { title, text: `${title}, please.`, ...more })).body as { id: number };

it("the active ones, in order, for whoever is signed in", async () => {
  const second = await add("Second", { order: 2 });
  const first = await add("First", { order: 1 });
  const off = await add("Off", { is_active: false });
  const shown = [
    { id: first.id, title: "First", text: "First, please.", order: 1 },
    { id: second.id, title: "Second", text: "Second, please.", order: 2 },
  ];
  for (const token of [api.tokens.customer, api.tokens.agent, api.tokens.admin]) {
    const { status, body } = await as(token, "GET");
    expect([status, body]).toEqual([200, shown]);
  }
  expect((await as(undefined, "GET")).status).toBe(401);
  const all = await admin("GET", "?all=1");
  expect(all.body.map(({ id, is_active }: { id: number; is_active: boolean }) => [id, is_active])).toEqual([
    [off.id, false],
    [first.id, true],
    [second.id, true],
  ]);
  expect((await as(api.tokens.customer, "GET", "?all=1")).body).toEqual(shown);
  expect((await admin("GET", "?all=x")).body.status).toBe("invalid_query");
});

it("201, 200, 200, 200, 204: an admin writes them, and each act is in the audit log", async () => {
  const made = await admin("POST", "", { title: "A", text: "a" });
  expect([made.status, made.body]).toEqual([
    201,
    { id: made.body.id, title: "A", text: "a", order: 0, is_active: true },
  ]);
  const path = `${made.body.id}/`;
  expect((await admin("GET", path)).body).toEqual(made.body);
  expect((await admin("PATCH", path, { order: 7, is_active: false })).body).toEqual({
    ...made.body,
    order: 7,
    is_active: false,
  });
  expect((await admin("PATCH", path, {})).body.order).toBe(7);
  const replaced = { title: "B", text: "b" };
  expect((await admin("PUT", path, replaced)).body).toEqual({ ...made.body, ...replaced });
  expect((await admin("DELETE", path)).status).toBe(204);
  const { rows } = await api.db.pool.query(
    "SELECT action FROM audit_log WHERE subject_kind = 'prompt' AND subject_id = $1 ORDER BY id",
    [String(made.body.id)],
  );
  const acts = ["create", "update", "update", "update", "delete"];
  expect(rows.map(({ action }) => action)).toEqual(acts.map((act) => `prompt.${act}`));
});

it("409 title_taken", async () => {
  await add("Taken");
  const other = await add("Other");
  for (const answer of [
    await admin("POST", "", { title: "Taken", text: "x" }),
    await admin("PATCH", `${other.id}/`, { title: "Taken" }),
    await admin("PUT", `${other.id}/`, { title: "Taken", text: "x" }),
  ]) {
    expect([answer.status, answer.body.status]).toEqual([409, "title_taken"]);
  }
});

it("404 prompt_not_found", async () => {
  for (const [method, body] of [["GET"], ["PATCH", {}], ["PUT", { title: "x", text: "x" }], ["DELETE"]] as const) {
    for (const path of ["987654/", "x/"]) {
      const answer = await admin(method, path, body);
      expect([method, answer.status, answer.body.status]).toEqual([method, 404, "prompt_not_found"]);
    }
  }
});

it.each([
  [{ text: "x" }, "body.title"],
  [{ title: " ", text: "x" }, "body.title"],
  [{ title: "x".repeat(201), text: "x" }, "body.title"],
  [{ title: "x", text: "" }, "body.text"],
  [{ title: "x", text: "x", order: 1.5 }, "body.order"],
  [{ title: "x", text: "x", is_active: "yes" }, "body.is_active"],
])("400 invalid_body: %j", async (body, path) => {
  const answer = await admin("POST", "", body);
  expect([answer.status, answer.body.errors[0].path]).toEqual([400, path]);
});

it("403 for who is no admin", async () => {
  const { id } = await add("Mine");
  for (const token of [api.tokens.customer, api.tokens.agent]) {
    for (const [method, path] of [
      ["POST", ""],
      ["GET", `${id}/`],
      ["PUT", `${id}/`],
      ["PATCH", `${id}/`],
      ["DELETE", `${id}/`],
    ] as const) {
      const { status, body } = await as(token, method, path, method === "GET" ? undefined : {});
      expect([method, status, body.status]).toEqual([method, 403, "forbidden"]);
    }
  }
});
