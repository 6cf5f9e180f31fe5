import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createKeyLock } from "../../support/key-lock.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const times = <T>(n: number, run: () => Promise<T>) => Promise.all(Array.from({ length: n }, run));

it("the same message sent 20 times at once is one message; the others replay it or are told that it runs", async () => {
  for (let round = 0; round < 5; round++) {
    const options = { token: api.tokens.customer, headers: { "idempotency-key": randomUUID() } };
    const body = { body: `Round ${round}: where is my loan?` };
    const answers = await times(20, () => api.call("POST", "/api/messages/", body, options));
    const stored = await api.db.kysely.selectFrom("messages").select("id").where("text", "=", body.body).execute();
    expect(stored).toHaveLength(1);
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect([answer.status, answer.body.status]).toEqual([409, "request_in_progress"]);
      expect(answer.headers.get("retry-after")).toBe("1");
    }
  }
});

it("the same pull sent 10 times at once gives one batch", async () => {
  for (let n = 0; n < 20; n++) await api.message();
  const options = { token: api.tokens.agent, headers: { "idempotency-key": randomUUID() } };
  const pull = () => api.call("POST", "/api/agent/tickets/assign/", {}, options);
  await times(10, pull);
  const { body } = await pull();
  expect(body.newly_assigned).toHaveLength(15);
  const held = await api.db.kysely
    .selectFrom("tickets")
    .select("id")
    .where("assignee_id", "=", people.agent)
    .where("status", "=", "in_progress")
    .execute();
  expect(held).toHaveLength(15);
});

it("a key that another call holds keeps nobody waiting: its own call is told, the others of its flush are stored", async () => {
  const key = randomUUID();
  const holder = await createKeyLock(api.db, ["user:20", "post", "/api/messages", key]);
  try {
    const options = { token: api.tokens.customer, headers: { "idempotency-key": key } };
    const [held, ...free] = await Promise.all([
      api.call("POST", "/api/messages/", { body: "Held" }, options),
      ...Array.from({ length: 5 }, () =>
        api.call("POST", "/api/messages/", { body: "Free" }, options.token ? { token: options.token } : {}),
      ),
    ]);
    expect([held?.status, held?.body.status]).toEqual([409, "request_in_progress"]);
    expect(free.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
  } finally {
    await holder.release();
  }
  const after = await api.call(
    "POST",
    "/api/messages/",
    { body: "Held" },
    {
      token: api.tokens.customer,
      headers: { "idempotency-key": key },
    },
  );
  expect(after.status).toBe(201);
});

it("more keyed calls at once than there are connections are all answered", async () => {
  const answers = await times(60, () =>
    api.call(
      "POST",
      "/api/canned/",
      { title: "Many", text: "At once." },
      {
        token: api.tokens.agent,
        headers: { "idempotency-key": randomUUID() },
      },
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
});
