import { afterAll, beforeAll, expect, test } from "vitest";
import { recordAudit } from "../../../src/commands/audit.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.drop());

const list = (query = "") => api.call("GET", `/api/audit/${query}`, undefined, { token: api.tokens.admin });
const ids = (body: { results: { id: number }[] }) => body.results.map((entry) => entry.id);

test("an act is there with who, what, before, after and the request", async () => {
  const options = { token: api.tokens.admin, headers: { "x-request-id": "audit-test-1" } };
  const made = await api.call("POST", "/api/queues/", { name: "billing", topics: ["invoice"] }, options);
  expect(made.status).toBe(201);
  await api.call("PATCH", "/api/queues/billing/", { topics: ["invoice", "refund"] }, options);
  const { status, body } = await list("?request_id=audit-test-1");
  expect(status).toBe(200);
  expect(body.next).toBeNull();
  expect(body.results[0]).toEqual({
    id: expect.any(Number),
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    actor: { kind: "user", id: people.admin, name: "Ada Admin" },
    action: "queue.update",
    subject: { kind: "queue", id: "billing" },
    before: { name: "billing", topics: ["invoice"] },
    after: { name: "billing", topics: ["invoice", "refund"] },
    request_id: "audit-test-1",
  });
  expect(body.results[1]).toMatchObject({ action: "queue.create", before: null, after: { topics: ["invoice"] } });
});

test("pages follow each other, newest first, without a double or a hole, also within one millisecond", async () => {
  await api.db.kysely.transaction().execute(async (tx) => {
    for (let index = 0; index < 7; index++) {
      const actor = { kind: "cli" as const, id: null, name: "pages" };
      await recordAudit(tx, { actor, requestId: null }, { action: "desk.seed", subject: { kind: "desk", id: null } });
    }
  });
  const all = ids((await list("?actor=pages")).body);
  expect(all).toEqual([...all].sort((a, b) => b - a));
  expect(all).toHaveLength(7);
  const seen: number[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const { body } = await list(`?actor=pages&limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect(body.results.length).toBeLessThanOrEqual(3);
    seen.push(...ids(body));
    cursor = body.next;
  }
  expect(seen).toEqual(all);
});

test.each([
  ["actor=41", ["b"]],
  ["actor=Filter%20One", ["a"]],
  ["actor_kind=cli", ["c"]],
  ["action=agent.update", ["b"]],
  ["subject_kind=queue&subject_id=x1", ["a"]],
  ["subject_kind=agent", ["b", "c"]],
  ["request_id=req-b", ["b"]],
  ["from=2020-01-02T00:00:00Z&to=2020-01-03T00:00:00Z", ["b"]],
  ["from=2020-01-01T01:00:00%2B01:00", ["a", "b", "c"]],
  ["actor=41&action=queue.update", []],
  ["actor=&action=agent.update", ["b"]],
])("?%s", async (filter, expected) => {
  const names = new Map(
    await Promise.all(
      [
        {
          name: "a",
          at: "2020-01-01T00:00:00Z",
          actor: { kind: "user", id: 40, name: "Filter One" },
          action: "queue.update",
          subject: ["queue", "x1"],
        },
        {
          name: "b",
          at: "2020-01-02T00:00:00Z",
          actor: { kind: "user", id: 41, name: "Filter Two" },
          action: "agent.update",
          subject: ["agent", "x2"],
        },
        {
          name: "c",
          at: "2020-01-03T00:00:00Z",
          actor: { kind: "cli", id: null, name: "root" },
          action: "agent.delete",
          subject: ["agent", "x3"],
        },
      ].map(async ({ name, at, actor, action, subject }) => {
        const found = await api.db.pool.query<{ id: number }>("SELECT id FROM audit_log WHERE at = $1", [at]);
        if (found.rows[0]) return [found.rows[0].id, name] as const;
        const { rows } = await api.db.pool.query<{ id: number }>(
          `INSERT INTO audit_log (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, request_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
          [at, actor.kind, actor.id, actor.name, action, ...subject, `req-${name}`],
        );
        return [rows[0]?.id, name] as const;
      }),
    ),
  );
  const { status, body } = await list(`?limit=200&${filter}`);
  expect(status).toBe(200);
  const found = ids(body).flatMap((id) => names.get(id) ?? []);
  expect(found.sort()).toEqual(expected);
});

test("each filter's page is read from an index and nothing is sorted", async () => {
  await api.db.pool.query(`
    INSERT INTO audit_log (at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, request_id)
    SELECT now() - n * interval '1 s', 'user', n % 50, 'name ' || n % 50, 'queue.update', 'queue', 'q' || n % 50, 'r' || n
    FROM generate_series(1, 20000) n`);
  await api.db.pool.query("ANALYZE audit_log");
  for (const condition of [
    "true",
    "actor_id = 7",
    "actor_name = 'name 7'",
    "action = 'queue.update'",
    "subject_kind = 'queue' AND subject_id = 'q7'",
    "request_id = 'r7'",
  ]) {
    const { rows } = await api.db.pool.query<{ "QUERY PLAN": string }>(
      `EXPLAIN SELECT * FROM audit_log WHERE ${condition} AND (at, id) < (now(), 1000000) ORDER BY at DESC, id DESC LIMIT 51`,
    );
    const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
    expect(plan, condition).toMatch(/Index Scan Backward using audit_log_/);
    expect(plan, condition).not.toMatch(/Seq Scan|Sort/);
  }
});
