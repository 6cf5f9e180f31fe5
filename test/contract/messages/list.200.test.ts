import { afterAll, beforeAll, expect, it } from "vitest";
import { messagePageSchema } from "../../../src/contract/http/messages.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act } from "./claimed.js";

let api: ApiUnderTest;
/** Waiting, claimed by the first agent, closed by it, waiting. */
let ids: number[];

beforeAll(async () => {
  api = await startApi();
  ids = [];
  for (const [body, userId] of [
    ["one", "U001"],
    ["two", "U001"],
    ["three", "U002"],
    ["four", "U002"],
  ] as const) {
    ids.push(await api.message(body, userId));
  }
  await act(api, ids[1] ?? 0, "claim", { agent_id: people.agent });
  await act(api, ids[2] ?? 0, "claim", { agent_id: people.agent });
  await act(api, ids[2] ?? 0, "reply", { agent_id: people.agent, text: "done" });
  await act(api, ids[3] ?? 0, "urgency", { level: "critical" });
  await api.db.pool.query("UPDATE tickets SET topic = 'fraud_dispute' WHERE id = $1", [ids[3]]);
  await api.db.pool.query("UPDATE tickets SET queue = 'loans' WHERE id = $1", [ids[1]]);
});
afterAll(() => api.drop());

async function list(query: string, token = api.tokens.agent) {
  const answer = await api.call("GET", `/api/messages/${query}`, undefined, { token });
  expect(answer.status).toBe(200);
  return messagePageSchema.parse(answer.body);
}
const numbers = async (query: string, token = api.tokens.agent) =>
  (await list(query, token)).results.map((message) => ids.indexOf(message.id) + 1);

it("lists all, newest first", async () => {
  expect(await numbers("")).toEqual([4, 3, 2, 1]);
});

it.each(["in_progress", "inprogress", "in%20progress", "IN-PROGRESS", "in+progress"])(
  "knows the status %s",
  async (status) => {
    expect(await numbers(`?status=${status}`)).toEqual([2]);
  },
);

it.each([
  ["?status=unassigned&order=queue", [4, 1]],
  ["?order=oldest", [1, 2, 3, 4]],
  ["?status=closed", [3]],
  [`?assigned_to=${people.agent}`, [3, 2]],
  ["?assigned_to=me", [3, 2]],
  ["?assigned_to=me&status=in_progress", [2]],
  ["?assigned_to=none", [4, 1]],
  ["?level=critical", [4]],
  ["?topic=fraud_dispute", [4]],
  ["?queue=loans", [2]],
  ["?queue=general&status=unassigned&order=queue", [4, 1]],
  ["?queue=nowhere", []],
  ["?user_id=U001", [2, 1]],
  ["?user_id=nobody", []],
  ["?user_id=U002&status=closed&level=low", []],
  ["?status=&level=&cursor=&q=&limit=", [4, 3, 2, 1]],
])("narrows and orders by %s", async (query, expected) => {
  expect(await numbers(query)).toEqual(expected);
});

it("another's `me` is another's", async () => {
  expect(await numbers("?assigned_to=me", api.tokens.agent2)).toEqual([]);
  expect(await numbers("?assigned_to=me", api.tokens.admin)).toEqual([]);
});

it.each(["newest", "oldest", "queue"])("pages in order of %s with no hole and no double", async (order) => {
  // Deadlines that differ by less than a millisecond, and two that are equal.
  await api.db.pool.query(
    `UPDATE tickets SET due_at = '2026-01-01T00:00:00.000001Z'::timestamptz + (id % 3) * interval '1 microsecond'`,
  );
  const whole = await numbers(`?order=${order}`);
  const paged: number[] = [];
  let cursor = "";
  for (let pages = 0; pages < 10; pages++) {
    const page = await list(`?order=${order}&limit=1${cursor}`);
    paged.push(...page.results.map((message) => ids.indexOf(message.id) + 1));
    if (page.next === null) break;
    cursor = `&cursor=${page.next}`;
  }
  expect(whole).toHaveLength(4);
  expect(paged).toEqual(whole);
});

it("shows no highlights without a search", async () => {
  expect((await list("?limit=1")).results[0]).not.toHaveProperty("highlights");
});
