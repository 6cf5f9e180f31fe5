import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBus } from "../../../src/bus/open-bus.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { fillAgent } from "../../../src/commands/fill-agent.js";
import { QueueAdmin } from "../../../src/queue/admin.js";
import { PostgresStore } from "../../../src/queue/postgres-store.js";
import { Sequencer } from "../../../src/queue/sequencer.js";
import { createProducer } from "../../../src/queue/stage-producer.js";
import { admin as adminActor, type Desk, fills, openDesk, ticketRow } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { deskSettings, ended, runCli, spawnCli } from "./run-cli.js";

const limits = { STAGE_CONCURRENCY: 2, JOB_ATTEMPTS: 1, JOB_LOCK_MS: 1000 };
const logger = pino({ level: "silent" });
const esc = String.fromCharCode(27);

let database: TestDatabase;
let desk: Desk;
let store: PostgresStore;
let settings: Record<string, string>;
const cli = (...args: string[]) => runCli(args, settings);

beforeAll(async () => {
  database = await createTestDatabase();
  settings = deskSettings(database.url);
  desk = await openDesk(database.db);
  store = new PostgresStore({ url: database.url, name: "switchboard-test", onError: () => undefined, workers: 2 });
});
afterAll(async () => {
  await store.close();
  await desk.close();
  await database.drop();
});

test("queue: a store that is away is one sentence and exit 1, soon", async () => {
  const away = await runCli(["queue", "ls"], { ...settings, REDIS_URL: "redis://127.0.0.1:1" });
  expect(away.code).toBe(1);
  expect(away.stderr).toMatch(/^switchboard: the queue's store \(Redis\) does not answer: [^\n]+REDIS_URL right\?\n$/);
});

test("tickets why: the stored choice, in sentences and as JSON; what a waiting one waits for", async () => {
  const agent = await desk.agent({ name: "Amina", capacity: 2 });
  const ids = [await desk.message({ userId: "W1" }), await desk.message({ userId: "W2" }), await desk.message({})];
  const candidates = [{ agent_id: agent.id, name: "Amina", held: 0, capacity: 2, last_assigned_at: null }];
  const decision = { chosen_by: "only_one", candidates, with_room: 1, full: 0, offline: 3 };
  const filled = await fillAgent(fills(database.db), { agentId: agent.id, reason: "pull", decision });
  expect(filled.taken).toEqual(ids.slice(0, 2));
  const owned = await cli("tickets", "why", String(ids[1]));
  expect(owned.code, owned.stderr).toBe(0);
  expect(owned.stdout).toContain(`Ticket ${ids[1]} of customer W2, queue general, is with Amina`);
  expect(owned.stdout).toContain("Amina held 0 of 2; it was number 2 of what was taken, in queue order");
  const told = (await cli("tickets", "why", String(ids[1]), "--json")).json<{
    explanation: string[];
    history: { why: string; decision: unknown }[];
    waiting: unknown;
  }>();
  expect(told.history).toMatchObject([{ why: "pull", to: agent.id, decision: { rule: "queue_order", place: 2 } }]);
  expect(told.waiting).toBe(null);
  expect(told.explanation.length).toBeGreaterThan(3);

  const waits = await cli("tickets", "why", String(ids[2]), "--json");
  expect(waits.json<{ waiting: unknown }>().waiting).toMatchObject({ before: 0, before_in_queue: 0 });
  expect((await cli("tickets", "why", String(ids[2]))).stdout).toContain("It is the first of all that wait.");
  expect((await cli("tickets", "why", "987654")).code).toBe(1);
  expect((await cli("tickets", "why", "twelve")).code).toBe(2);
});

test("tickets ls: narrowed, in queue order when they wait, page by page; what customers wrote moves no cursor", async () => {
  const bad = await desk.message({ userId: "ESC", body: `look${esc}[2J\nhere` });
  const listed = await cli("tickets", "ls", "--status", "unassigned");
  expect(listed.stdout).toContain("look [2J here");
  expect(listed.stdout).not.toContain(esc);
  interface Page {
    results: { id: number; status: string; due_at: string }[];
    next: string | null;
  }
  const all = (await cli("tickets", "ls", "--status", "unassigned", "--json")).json<Page>();
  expect(all.next).toBe(null);
  const dues = all.results.map(({ due_at: due }) => due);
  expect(dues).toEqual([...dues].sort());
  const seen: number[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const more: string[] = cursor === "" ? [] : ["--cursor", cursor];
    const page: Page = (await cli("tickets", "ls", "--status", "unassigned", "--limit", "1", ...more, "--json")).json();
    seen.push(...page.results.map(({ id }) => id));
    cursor = page.next;
  }
  expect(seen).toEqual(all.results.map(({ id }) => id));
  expect(seen).toContain(bad);
  const newest = (await cli("tickets", "ls", "--queue", "general", "--limit", "2", "--json")).json<Page>();
  expect(newest.results[0]?.id).toBe(bad);
  const older = await cli("tickets", "ls", "--queue", "general", "--cursor", newest.next ?? "", "--json");
  expect(older.json<Page>().results.every(({ id }) => id < (newest.results[1]?.id ?? 0))).toBe(true);
  for (const wrong of [
    ["--status", "lost"],
    ["--level", "huge"],
    ["--cursor", "%%%"],
    ["--limit", "0"],
  ]) {
    expect((await cli("tickets", "ls", ...wrong)).code, wrong.join(" ")).toBe(2);
  }
});

test("tickets show and release: as an admin, age kept, told in the history", async () => {
  const agent = await desk.agent({ name: "Ben" });
  const id = await desk.message({ userId: "R1", body: "please release me" });
  const { due_at: due } = await ticketRow(database.db, id);
  await claimTicket(desk.as(agent), { ticketId: id, agentId: agent.id });
  expect((await cli("tickets", "release", String(id), "--json")).json()).toEqual({
    id,
    status: "unassigned",
    from: agent.id,
  });
  expect(await ticketRow(database.db, id)).toMatchObject({ status: "unassigned", assignee_id: null, due_at: due });
  const again = await cli("tickets", "release", String(id));
  expect([again.code, again.stderr.split("\n").length]).toEqual([1, 2]);
  const shown = await cli("tickets", "show", String(id));
  expect(shown.stdout).toContain("please release me");
  expect(shown.stdout).toMatch(/claim +│ - +│ Ben/);
  expect(shown.stdout).toMatch(/release +│ Ben +│ -/);
  const json = (await cli("tickets", "show", String(id), "--json")).json();
  expect(json).toMatchObject({
    customer: { user_id: "R1" },
    messages: [{ text: "please release me", role: "customer" }],
    history: [{ why: "claim" }, { why: "release" }],
  });
  expect((await cli("tickets", "show", "987654")).code).toBe(1);
});

test("outbox ls, then, with a sequencer, tail --request and outbox replay", async () => {
  const agent = await desk.agent();
  await claimTicket(desk.as(adminActor), { ticketId: await desk.message(), agentId: agent.id });
  const before = (await cli("outbox", "ls", "--limit", "2", "--json")).json<{ waiting: number; first: unknown[] }>();
  expect(before.waiting).toBeGreaterThan(5);
  expect(before).toMatchObject({ last_seq: 0, published_seq: 0, unpublished: 0, oldest_ms: expect.any(Number) });
  expect(before.first).toHaveLength(2);
  expect((await cli("outbox", "ls")).stdout).toContain(`${before.waiting} events wait for the sequencer`);

  const parts = { redisUrl: null, databaseUrl: database.url, db: database.db, name: "switchboard-test", logger };
  const bus = await openBus(parts);
  const producer = createProducer(store, limits);
  const sequencer = new Sequencer({ databaseUrl: database.url, bus, producer, logger, name: "switchboard-test" });
  await sequencer.start();
  const admin = new QueueAdmin(store);
  try {
    const drained = async () => (await cli("outbox", "ls", "--json")).json<{ waiting: number; unpublished: number }>();
    await until(async () => {
      const { waiting, unpublished } = await drained();
      return waiting + unpublished === 0;
    }, "everything sent");
    expect((await cli("outbox", "ls")).stdout).toContain("nothing waits for the sequencer");

    const tail = spawnCli(["tail", "--request", "test-request", "--json"], settings);
    let lines: { seq: number; type: string; request_id: string }[] = [];
    let text = "";
    tail.stdout?.on("data", (part: Buffer) => {
      text += part.toString("utf8");
      lines = text
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    });
    const end = ended(tail);
    await until(() => lines.length > 0, "what the request caused before");
    const live = await desk.message({ userId: "LIVE", body: "am I live?" });
    const isLive = (line: object) => "payload" in line && JSON.stringify(line.payload).includes("am I live?");
    await until(() => lines.some(isLive), "what it causes now");
    tail.kill("SIGINT");
    expect((await end).code).toBe(0);
    const events = lines.filter((line) => "seq" in line);
    const seqs = events.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(new Set(events.map((line) => line.request_id))).toEqual(new Set(["test-request"]));
    const kinds = new Set(lines.map((line) => "kind" in line && line.kind));
    expect(kinds).toEqual(new Set(["event", "job", "owner", "act"]));

    await until(async () => (await admin.countsOf("score")).waiting > 0, "jobs");
    expect((await cli("queue", "drain", "score", "--yes")).code).toBe(0);
    const all = ["outbox", "replay", "--stage", "score", "--json"];
    const counted = (await cli(...all, "--dry-run")).json<{ events: number }>();
    expect(counted.events).toBeGreaterThan(4);
    expect((await admin.countsOf("score")).waiting).toBe(0);
    expect((await cli(...all)).json()).toMatchObject({ events: counted.events, by_stage: { score: counted.events } });
    const queue = await store.queue("score");
    const subjects = (await queue.getJobs(["waiting"])).flatMap((job) => job.data.subject_ids);
    expect(subjects).toHaveLength(counted.events);
    expect(subjects).toContain(live);
    const range = await cli("outbox", "replay", "--from-seq", "1", "--to-seq", "1", "--json");
    expect(range.json()).toMatchObject({ from_seq: 1, to_seq: 1 });
  } finally {
    await sequencer.stop();
    await bus.close();
  }
  expect((await cli("outbox", "replay")).code).toBe(2);
  expect((await cli("outbox", "replay", "--from-seq", "9", "--to-seq", "3")).code).toBe(2);
});

test("help has an example for each", async () => {
  for (const words of [
    "queue ls",
    "queue watch",
    "queue drain",
    "tickets why",
    "tickets ls",
    "outbox replay",
    "tail",
  ]) {
    const help = await cli(...words.split(" "), "--help");
    expect(help.code).toBe(0);
    expect(help.stdout).toContain(`$ switchboard ${words}`);
    expect(help.stdout).toContain("--json");
  }
});
