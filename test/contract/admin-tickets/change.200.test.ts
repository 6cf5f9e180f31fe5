import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { scoreMessages } from "../../../src/commands/score-messages.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let id: number;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const calm = "Thank you, all is well.";
const alarming = "My phone was stolen and somebody takes money from my account right now, please block it!";

beforeEach(async () => {
  const body = { title: "Before", description: calm, user_id: "U001" };
  id = (await api.call("POST", "/api/admin/tickets/", body, { token: api.tokens.admin })).body.id;
  await scoreAll();
  await api.db.pool.query("DELETE FROM outbox");
});

async function scoreAll() {
  const { rows } = await api.db.pool.query<{ id: number }>("SELECT id FROM messages ORDER BY id");
  const context = { ...api.deps, requestId: null, limits: api.deps.config, wake: () => undefined };
  await scoreMessages(
    context,
    rows.map((row) => row.id),
  );
}
const change = (method: string, body: unknown) =>
  api.call(method, `/api/admin/tickets/${id}/`, body, { token: api.tokens.admin });
const told = async () =>
  (await api.db.pool.query("SELECT type, stage, payload->>'reason' AS reason FROM outbox ORDER BY id")).rows;

it("PATCH changes a title, and announces it", async () => {
  const answer = await change("PATCH", { title: "After" });
  expect(answer).toMatchObject({ status: 200, body: { title: "After", description: calm, version: 1 } });
  expect(await told()).toEqual([{ type: "message_update", stage: null, reason: "edited" }]);
});

it("announces nothing where nothing changes, and takes no notice of other fields", async () => {
  const answer = await change("PATCH", { title: "Before", description: calm, status: "closed", assigned_to: 1 });
  expect(answer.body).toMatchObject({ title: "Before", status: "unassigned", assigned_to: null });
  expect(await told()).toEqual([]);
});

it("another description is the first message, edited, and is scored again", async () => {
  expect((await change("PATCH", { description: alarming })).body).toMatchObject({
    description: alarming,
    urgency: { level: "low" },
  });
  expect(await told()).toEqual([
    { type: "message:edited", stage: "score", reason: null },
    { type: "message_update", stage: null, reason: "edited" },
  ]);
  const { body } = await api.call("GET", `/api/messages/${id}/`, undefined, { token: api.tokens.agent });
  expect(body.messages).toHaveLength(1);
  expect(body.messages[0]).toMatchObject({ text: alarming, edited_at: expect.any(String) });
  await scoreAll();
  const after = (await change("PATCH", {})).body;
  expect(after.urgency.score).toBeGreaterThanOrEqual(50);
  expect(after.urgency.terms.length).toBeGreaterThan(0);
});

it("a burst that it began is scored again as a whole", async () => {
  await api.call(
    "POST",
    "/api/messages/",
    { user_id: "U001", body: "Hello?", reply_to: id },
    { token: api.tokens.admin },
  );
  await scoreAll();
  await api.db.pool.query("DELETE FROM outbox");
  await change("PATCH", { description: alarming });
  const { rows } = await api.db.pool.query("SELECT stage, subject_id FROM outbox WHERE stage IS NOT NULL ORDER BY id");
  const said = await api.db.pool.query(
    "SELECT m.id FROM messages m JOIN tickets t USING (conversation_id) WHERE t.id = $1 ORDER BY m.seq",
    [id],
  );
  expect(rows).toEqual(said.rows.map((row) => ({ stage: "score", subject_id: row.id })));
  await scoreAll();
  expect((await change("PATCH", {})).body.urgency.score).toBeGreaterThanOrEqual(50);
  const { rows: unscored } = await api.db.pool.query("SELECT 1 FROM tickets WHERE id = $1 AND scored_at IS NULL", [id]);
  expect(unscored).toEqual([]);
});

it("a priority holds at once, and PUT takes away one that it leaves out", async () => {
  const before = (await change("PATCH", {})).body;
  const raised = (await change("PATCH", { priority: "critical" })).body;
  expect(raised.urgency).toMatchObject({ score: 75, level: "critical", terms: before.urgency.terms });
  expect(Date.parse(raised.due_at)).toBeLessThan(Date.parse(before.due_at));
  const { rows } = await api.db.pool.query("SELECT payload FROM outbox ORDER BY id DESC LIMIT 1");
  expect(rows[0].payload).toMatchObject({ reason: "edited", due_at: raised.due_at, urgency: { score: 75 } });
  const put = (await change("PUT", { title: "Put", description: calm })).body;
  expect(put).toMatchObject({ title: "Put", urgency: before.urgency, due_at: before.due_at });
});

it("PATCH with null takes a priority away as well", async () => {
  await change("PATCH", { priority: "high" });
  expect((await change("PATCH", { title: "Kept" })).body.urgency.level).toBe("high");
  expect((await change("PATCH", { priority: null })).body.urgency.level).toBe("low");
});

it("changes an owned ticket and leaves it to its owner", async () => {
  await api.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }, { token: api.tokens.agent });
  const answer = await change("PUT", { title: "New", description: alarming, priority: "high" });
  expect(answer.body).toMatchObject({ status: "assigned", assigned_to: people.agent, version: 2 });
});
