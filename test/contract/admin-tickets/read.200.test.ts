import { afterAll, beforeAll, expect, it } from "vitest";
import { ticketPageSchema } from "../../../src/contract/http/tickets.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
const ids: Record<string, number> = {};
beforeAll(async () => {
  api = await startApi();
  for (const name of ["waiting", "assigned", "sold", "closed"]) {
    const body = { title: name, description: name };
    ids[name] = (await api.call("POST", "/api/admin/tickets/", body, { token: api.tokens.admin })).body.id;
    if (name === "waiting") continue;
    const claim = { agent_id: people.agent };
    await api.call("POST", `/api/messages/${ids[name]}/claim/`, claim, { token: api.tokens.agent });
  }
  await api.call("POST", `/api/agent/tickets/sell/${ids.sold}/`, undefined, { token: api.tokens.agent });
  const reply = { agent_id: people.agent, text: "Done." };
  await api.call("POST", `/api/messages/${ids.closed}/reply/`, reply, { token: api.tokens.agent });
});
afterAll(() => api.drop());

const list = async (query: string) =>
  ticketPageSchema.parse(
    (await api.call("GET", `/api/admin/tickets/${query}`, undefined, { token: api.tokens.admin })).body,
  );

it("lists all, newest first, in pages", async () => {
  const all = await list("");
  expect(all.results.map((ticket) => ticket.title)).toEqual(["closed", "sold", "assigned", "waiting"]);
  const first = await list("?limit=3");
  const rest = await list(`?limit=3&cursor=${first.next}`);
  expect([...first.results, ...rest.results]).toEqual(all.results);
  expect(rest.next).toBeNull();
});

it.each([
  ["unassigned", "waiting"],
  ["assigned", "assigned"],
  ["in_progress", "assigned"],
  ["inprogress", "assigned"],
  ["SOLD", "sold"],
  ["closed", "closed"],
])("narrows to %s", async (status, name) => {
  const { results } = await list(`?status=${status}`);
  expect(results.map((ticket) => ticket.title)).toEqual([name]);
});

it("shows one; sold is closed to those who see a message", async () => {
  const sold = await api.call("GET", `/api/admin/tickets/${ids.sold}/`, undefined, { token: api.tokens.admin });
  expect(sold.body).toMatchObject({ id: ids.sold, status: "sold", is_sold: true, assigned_to: people.agent });
  const message = await api.call("GET", `/api/messages/${ids.sold}/`, undefined, { token: api.tokens.agent });
  expect(message.body.status).toBe("closed");
});
