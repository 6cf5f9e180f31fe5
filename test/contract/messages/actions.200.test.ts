import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";
import { act, claimedMessage } from "./claimed.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const read = async (id: number) =>
  (await api.call("GET", `/api/messages/${id}`, undefined, { token: api.tokens.admin })).body;

it("release: back to the queue, its age kept", async () => {
  const id = await claimedMessage(api);
  const before = await read(id);
  const answer = await act(api, id, "release");
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ status: "unassigned", assigned_to: null, assigned_at: null, version: 3 });
  expect(answer.body.due_at).toBe(before.due_at);
});

it("transfer: to another agent, its age kept", async () => {
  const id = await claimedMessage(api);
  const before = await read(id);
  const answer = await act(api, id, "transfer", { to_agent_id: String(people.agent2) });
  expect(answer.body).toMatchObject({ status: "in_progress", assigned_to: people.agent2, version: 3 });
  expect(answer.body.due_at).toBe(before.due_at);
});

it("snooze: stays with its owner", async () => {
  const id = await claimedMessage(api);
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const answer = await act(api, id, "snooze", { until });
  expect([answer.status, answer.body.status, answer.body.assigned_to]).toEqual([200, "in_progress", people.agent]);
});

it("reopen: a closed message waits again", async () => {
  const id = await claimedMessage(api);
  await act(api, id, "reply", { agent_id: people.agent, text: "done" });
  const answer = await act(api, id, "reopen", {});
  expect(answer.body).toMatchObject({ status: "unassigned", version: 4 });
});

it("notes: seen by agents, never by the customer", async () => {
  const id = await claimedMessage(api);
  const answer = await act(api, id, "notes", { text: "sounds upset" });
  expect(answer.status).toBe(200);
  expect((await read(id)).messages.map((said: { type: string }) => said.type)).toEqual(["text", "note"]);
  const own = await api.call("GET", `/api/messages/${id}`, undefined, { token: api.tokens.customer });
  expect(JSON.stringify(own.body)).not.toContain("sounds upset");
});

it("urgency: the correction moves due_at and is kept as a label", async () => {
  const id = await api.message();
  const before = await read(id);
  const answer = await act(api, id, "urgency", { level: "critical", reason: "card stolen" });
  expect(answer.status).toBe(200);
  expect(answer.body.urgency).toMatchObject({ level: "critical" });
  expect(Date.parse(answer.body.due_at)).toBeLessThan(Date.parse(before.due_at));
  const { rows } = await api.db.pool.query("SELECT level, reason, user_id FROM urgency_labels");
  expect(rows).toEqual([{ level: "critical", reason: "card stolen", user_id: people.agent }]);
});

it("urgency: what a person said is shown as a person's, before and after a score, until the next score", async () => {
  const id = await api.message();
  const shown = async () => (await read(id)).urgency;
  await act(api, id, "urgency", { level: "high" });
  expect(await shown()).toMatchObject({ level: "high", model: "person", terms: [] });
  const score = (level: string, urgency: number, model: string) =>
    api.db.pool.query(
      `WITH s AS (INSERT INTO urgency_scores (message_id, model, score, level, topic, raw, terms)
                  SELECT opening_message_id, $4, $3, $2, 'loans', 1, '[{"term":"loan"}]' FROM tickets WHERE id = $1 RETURNING id)
       UPDATE tickets SET urgency_score_id = s.id, urgency = $3, urgency_level = $2 FROM s WHERE tickets.id = $1`,
      [id, level, urgency, model],
    );
  await score("low", 10, "m1");
  expect(await shown()).toMatchObject({ level: "low", model: "m1", terms: [{ term: "loan" }] });
  const answer = await act(api, id, "urgency", { level: "critical" });
  expect(answer.body.urgency).toMatchObject({ level: "critical", model: "person", terms: [] });
  await score("critical", 99, "m2");
  expect(await shown()).toMatchObject({ score: 99, model: "m2" });
});

it("presence: the others are told, nothing is stored", async () => {
  const id = await api.message();
  const answer = await act(api, id, "presence", { state: "typing" });
  expect([answer.status, answer.body]).toEqual([204, ""]);
  expect(api.frames.at(-1)).toEqual({
    stream: "agents",
    frame: {
      type: "ticket_presence",
      stream: "agents",
      message_id: id,
      agent_id: people.agent,
      name: "Agent 1",
      state: "typing",
      queue: "general",
      assigned_to: null,
    },
  });
});

it("suggestions: the canned reply that fits stands first", async () => {
  const add = (title: string, text: string) =>
    api.call("POST", "/api/canned/", { title, text }, { token: api.tokens.agent });
  await add("Hours", "We are open from nine to five.");
  const fits = await add("Disbursement", "Your loan is disbursed within 24 hours.");
  for (const name of ["Thanks", "Bye"]) await add(name, `${name}!`);
  const id = await api.message("When will my loan be disbursed?");
  const answer = await api.call("GET", `/api/messages/${id}/suggestions/`, undefined, { token: api.tokens.agent });
  expect(answer.status).toBe(200);
  expect(answer.body.results.length).toBeLessThanOrEqual(3);
  expect(answer.body.results[0]).toMatchObject({ id: fits.body.id, text: fits.body.text, score: expect.any(Number) });
});
