import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const erase = (id: number | string, token?: string, headers: Record<string, string> = {}) =>
  api.call("DELETE", `/api/customers/${id}/`, undefined, { ...(token ? { token } : {}), headers });

test("401, 403: it is for admins", async () => {
  expect((await erase(people.customer)).status).toBe(401);
  for (const token of [api.tokens.agent, api.tokens.customer2]) {
    const answer = await erase(people.customer, token);
    expect([answer.status, answer.body.status]).toEqual([403, "forbidden"]);
  }
});

test.each([999_999, people.agent, people.admin, "U001"])("404: %s is no customer", async (id) => {
  const answer = await erase(id, api.tokens.admin);
  expect([answer.status, answer.body.status]).toEqual([404, "customer_not_found"]);
});

test("204, again 204; what is left of it: its id and its counts; its token is none any more", async () => {
  const id = await api.message("about me", "U001");
  expect((await erase(people.customer, api.tokens.admin)).status).toBe(204);
  expect((await erase(people.customer, api.tokens.admin)).status).toBe(204);
  const { body } = await api.call("GET", `/api/customers/${people.customer}/`, undefined, { token: api.tokens.agent });
  expect(body).toMatchObject({
    id: people.customer,
    user_id: expect.stringMatching(/^erased:[0-9a-f-]{36}$/),
    name: "",
    email: null,
    phone: null,
    attributes: {},
    open_tickets: 0,
    total_tickets: 1,
  });
  expect(body.tickets).toEqual([expect.objectContaining({ id, body: "", status: "closed" })]);
  const late = await api.call(
    "POST",
    "/api/messages/",
    { user_id: "U001", body: "hi" },
    { token: api.tokens.customer },
  );
  expect([late.status, late.body.status]).toEqual([401, "unauthorized"]);
});

test("with an Idempotency-Key it is the same, once", async () => {
  await api.message("about me", "U002");
  const key = { "idempotency-key": "erase-once" };
  const first = await erase(people.customer2, api.tokens.admin, key);
  const again = await erase(people.customer2, api.tokens.admin, key);
  expect([first.status, again.status, again.headers.get("idempotent-replayed")]).toEqual([204, 204, "true"]);
  const { rows } = await api.db.pool.query(
    "SELECT text FROM messages m JOIN tickets t ON t.opening_message_id = m.id WHERE t.customer_id = $1",
    [people.customer2],
  );
  expect(rows).toEqual([{ text: "" }]);
});

test("202 for one that is too large for one run; the profile is gone all the same", async () => {
  await api.message("about me", "large");
  const { rows } = await api.db.pool.query<{ id: number }>("SELECT id FROM customers WHERE user_id = 'large'");
  const id = rows[0]?.id ?? 0;
  // A run of its own ends with the call that it is part of: more conversations than fit into 300 ms.
  await api.db.pool.query(
    `WITH talks AS (INSERT INTO conversations (kind, created_by, last_seq)
       SELECT 'bot', $1, 1 FROM generate_series(1, 20000) RETURNING id),
     people AS (INSERT INTO participants (conversation_id, user_id, role) SELECT id, $1, 'customer' FROM talks)
     INSERT INTO messages (conversation_id, seq, sender_id, text) SELECT id, 1, $1, 'xqlarge' FROM talks`,
    [id],
  );
  const answer = await erase(id, api.tokens.admin, { "idempotency-key": "erase-large" });
  expect([answer.status, answer.body]).toEqual([202, { status: "erasing" }]);
  const { body } = await api.call("GET", `/api/customers/${id}/`, undefined, { token: api.tokens.agent });
  expect(body).toMatchObject({ name: "", user_id: expect.stringMatching(/^erased:/) });
  for (let status = 202; status === 202; ) status = (await erase(id, api.tokens.admin)).status;
  const { rows: left } = await api.db.pool.query("SELECT count(*)::int AS n FROM messages WHERE text = 'xqlarge'");
  expect(left).toEqual([{ n: 0 }]);
});
