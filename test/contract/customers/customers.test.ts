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
