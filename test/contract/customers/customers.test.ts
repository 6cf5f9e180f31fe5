import { afterAll, beforeAll, expect, it } from "vitest";
import { customerPageSchema } from "../../../src/contract/http/customers.js";
import { customerDetailSchema } from "../../../src/contract/http/messages.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const call = (method: string, path: string, body?: unknown, token = api.tokens.agent) =>
  api.call(method, `/api/customers/${path}`, body, { token });

it("200: a customer with its tickets", async () => {
  const first = await api.message("one");
  const second = await api.message("two");
  const answer = await call("GET", `${people.customer}/`);
  expect(answer.status).toBe(200);
  const customer = customerDetailSchema.parse(answer.body);
  expect(customer).toMatchObject({
    id: people.customer,
    user_id: "U001",
    name: "Cleo",
    open_tickets: 2,
    total_tickets: 2,
  });
  expect(customer.tickets.map((ticket) => ticket.id)).toEqual([second, first]);
});

it("200: the list, searched by id and by name, in pages", async () => {
  const list = async (query: string) => customerPageSchema.parse((await call("GET", query)).body);
  const ids = async (query: string) => (await list(query)).results.map((customer) => customer.id);
  expect(await ids("")).toEqual([people.customer2, people.customer]);
  expect(await ids("?search=U001")).toEqual([people.customer]);
  expect(await ids("?search=u00")).toEqual([people.customer2, people.customer]);
  expect(await ids("?search=LEO")).toEqual([people.customer]);
  expect(await ids("?q=dan")).toEqual([people.customer2]);
  expect(await ids("?search=%25")).toEqual([]);
  expect(await ids("?search=agent")).toEqual([]);
  const first = await list("?limit=1");
  expect(await ids(`?limit=1&cursor=${first.next}`)).toEqual([people.customer]);
});

it("200: changes what is given; attributes are merged", async () => {
  const change = { name: "Cleo C.", email: "c@example.test", phone: "+1", attributes: { plan: "gold", tier: 2 } };
  const answer = await call("PATCH", `${people.customer}/`, change);
  expect(answer.body).toMatchObject(change);
  const again = await call("PATCH", `${people.customer}/`, {
    phone: null,
    attributes: { tier: null, city: "Nairobi" },
  });
  expect(again.body).toMatchObject({ name: "Cleo C.", phone: null, attributes: { plan: "gold", city: "Nairobi" } });
});

it.each([
  ["an address that is none", { email: "nobody" }],
  ["a name of 201 characters", { name: "x".repeat(201) }],
  ["attributes that are a list", { attributes: [] }],
  [
    "attributes that are too many",
    { attributes: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`k${n}`, n])) },
  ],
  ["attributes that are too large", { attributes: { a: "x".repeat(20_000) } }],
  ["attributes nested too deep", { attributes: JSON.parse(`{"a":${"[".repeat(50)}${"]".repeat(50)}}`) }],
  ["NUL in an attribute's name", { attributes: { "a\0": 1 } }],
])("400: %s", async (_, body) => {
  const answer = await call("PATCH", `${people.customer}/`, body);
  expect([answer.status, answer.body.status]).toEqual([400, "invalid_body"]);
});

it("403 for a customer, 404 for one that is no customer", async () => {
  expect((await call("GET", `${people.customer}/`, undefined, api.tokens.customer)).body.status).toBe("forbidden");
  for (const id of ["4711", "x", people.agent]) {
    expect((await call("GET", `${id}/`)).body.status).toBe("customer_not_found");
    expect((await call("PATCH", `${id}/`, { name: "x" })).body.status).toBe("customer_not_found");
  }
});

it("200: an address that refused a mail is told, and taken off the list; what waits since then finds its way by mail", async () => {
  const { pool } = api.db;
  const ticket = await api.message("Do you have my mail?", "U001");
  await api.call("POST", `/api/messages/${ticket}/claim/`, { agent_id: people.agent }, { token: api.tokens.agent });
  const reply = { agent_id: people.agent, text: "Yes.", keep_open: true };
  await pool.query("UPDATE customers SET email = 'Cleo@Customer.example' WHERE id = $1", [people.customer]);
  const waits = async (bouncedAt: string) => {
    await api.call("POST", `/api/messages/${ticket}/reply/`, reply, { token: api.tokens.agent });
    await pool.query("UPDATE deliveries SET next_attempt_at = NULL WHERE status = 'pending'");
    const bounce = `INSERT INTO email_bounces VALUES ('cleo@customer.example', 550, '550 no such user', ${bouncedAt})`;
    await pool.query(`${bounce} ON CONFLICT (address) DO UPDATE SET bounced_at = excluded.bounced_at`);
  };
  const due = async () =>
    (await pool.query("SELECT 1 FROM deliveries WHERE status = 'pending' AND next_attempt_at <= now()")).rowCount;
  await waits("now() + interval '1 hour'");
  const told = customerDetailSchema.parse((await call("GET", `${people.customer}/`)).body);
  expect(told.mail_bounced).toMatchObject({ code: 550, answer: "550 no such user" });
  expect((await call("DELETE", `${people.customer}/bounce/`)).status).toBe(200);
  expect(await due()).toBe(0);
  await waits("now() - interval '1 hour'");
  for (let n = 0; n < 2; n++) {
    const answer = await call("DELETE", `${people.customer}/bounce/`);
    expect([answer.status, customerDetailSchema.parse(answer.body).mail_bounced]).toEqual([200, null]);
  }
  expect([await due(), (await pool.query("SELECT 1 FROM email_bounces")).rowCount]).toEqual([2, 0]);
  const audited = await pool.query("SELECT subject_id FROM audit_log WHERE action = 'customer.clear_bounce'");
  expect(audited.rows.map((row) => Number(row.subject_id))).toEqual([people.customer, people.customer]);
});

it("403 and 404: a bounce is for staff, of customers that there are", async () => {
  expect((await call("DELETE", `${people.customer}/bounce/`, undefined, api.tokens.customer)).status).toBe(403);
  for (const id of ["987654", "x", String(people.agent)]) {
    expect((await call("DELETE", `${id}/bounce/`)).body.status).toBe("customer_not_found");
  }
});
