import { afterAll, beforeAll, expect, it } from "vitest";
import { recordQueueMinute } from "../../../src/commands/record-queue-minute.js";
import { type QueueStatsView, queueStatsListSchema } from "../../../src/contract/http/stats.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
let stats: QueueStatsView[];

/** As if the last minute that was written ended a minute ago, and nothing had been counted in it. */
const minutePassed = () =>
  api.db.pool.query("UPDATE queue_minute_marks SET minute = date_trunc('minute', now()) - interval '3 minutes'");

beforeAll(async () => {
  api = await startApi();
  const { pool } = api.db;
  // Agent 1 lists a queue and is online and full, agent 2 another and is online with room.
  await pool.query("INSERT INTO agent_queues VALUES (1, 'loans'), (2, 'loans'), (2, 'credit')");
  await pool.query("UPDATE agents SET availability = 'online', capacity = CASE id WHEN 1 THEN 1 ELSE 15 END");
  await pool.query(
    "INSERT INTO agent_liveness (agent_id, online_until) VALUES (1, now() + interval '1 h'), (2, now() + interval '1 h')",
  );
  await recordQueueMinute(api);
  const ids = [];
  for (let n = 0; n < 5; n++) ids.push(await api.message());
  const [critical, low, answered, held] = ids;
  await pool.query(
    `UPDATE tickets SET queue = 'loans', urgency = 80, urgency_level = 'critical',
            first_unanswered_at = now() - interval '90 seconds' WHERE id = $1`,
    [critical],
  );
  await pool.query("UPDATE tickets SET queue = 'loans', urgency = 3, urgency_level = 'low' WHERE id = $1", [low]);
  const claim = { agent_id: people.agent };
  await api.call("POST", `/api/messages/${answered}/claim/`, claim, { token: api.tokens.agent });
  const reply = { agent_id: people.agent, text: "Done." };
  await api.call("POST", `/api/messages/${answered}/reply/`, reply, { token: api.tokens.agent });
  await api.call("POST", `/api/messages/${held}/claim/`, claim, { token: api.tokens.agent });
  // They were made before the minute that is written.
  await pool.query("UPDATE tickets SET created_at = created_at - interval '2 minutes'");
  await pool.query("UPDATE assignments SET created_at = created_at - interval '2 minutes'");
  await minutePassed();
  await recordQueueMinute(api);
  const answer = await api.call("GET", "/api/stats/queues/", undefined, { token: api.tokens.agent });
  expect(answer.status).toBe(200);
  stats = queueStatsListSchema.parse(answer.body).results;
});
afterAll(() => api.drop());

const of = (queue: string) => stats.find((one) => one.queue === queue) as QueueStatsView;

it("shows every queue, empty ones too", () => {
  expect(stats.map((one) => one.queue)).toEqual(["accounts", "credit", "disputes", "general", "loans", "repayments"]);
  expect(of("accounts")).toMatchObject({ waiting: 0, oldest_wait_s: null, history: [] });
});

it("shows depth and oldest wait by level, and what has no level yet", () => {
  const loans = of("loans");
  expect(loans.waiting).toBe(2);
  expect(loans.oldest_wait_s).toBeGreaterThanOrEqual(90);
  expect(loans.by_level.critical).toEqual({ waiting: 1, oldest_wait_s: loans.oldest_wait_s });
  expect(loans.by_level.low.waiting).toBe(1);
  expect(loans.by_level.normal).toEqual({ waiting: 0, oldest_wait_s: null });
  expect(of("general").by_level.unscored.waiting).toBe(1);
});

it("shows a queue that no agent serves as such", () => {
  expect(of("loans").agents).toEqual({ serving: 2, online: 2, online_with_room: 1 });
  expect(of("credit").agents).toEqual({ serving: 1, online: 1, online_with_room: 1 });
  expect(of("general").agents).toEqual({ serving: 0, online: 0, online_with_room: 0 });
});

it("shows rates and the minutes that they come from", () => {
  const rates = { received: 3, assigned: 2, closed: 1 };
  expect(of("general").rates).toEqual({ last_minute: rates, last_10_minutes: rates, last_hour: rates });
  expect(of("loans").rates.last_hour).toEqual({ received: 2, assigned: 0, closed: 0 });
  const [minute, ...more] = of("general").history;
  expect(more).toEqual([]);
  expect(minute).toMatchObject({ waiting: 1, ...rates });
  expect(Date.parse(minute?.minute ?? "") % 60_000).toBe(0);
});

it("is the same answer for two seconds, and for all who ask at once", async () => {
  const before = await api.call("GET", "/api/stats/queues/", undefined, { token: api.tokens.agent });
  await api.message();
  const answers = await Promise.all(
    [1, 2, 3].map(() => api.call("GET", "/api/stats/queues/", undefined, { token: api.tokens.admin })),
  );
  const measured = new Set(answers.map((answer) => answer.body.measured_at));
  expect(measured.size).toBe(1);
  expect(Date.parse([...measured][0] as string) - Date.parse(before.body.measured_at)).toBeGreaterThanOrEqual(0);
});
