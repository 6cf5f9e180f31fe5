import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { deskSettings, ended, makeFolder, runCli, spawnCli } from "./run-cli.js";

const rows = 4000;
const bad = new Set([7, 900, 3100]);

let database: TestDatabase;
let settings: Record<string, string>;
let path: string;

beforeEach(async () => {
  database = await createTestDatabase();
  settings = deskSettings(database.url);
  path = join(makeFolder(), "killed.csv");
  const lines = Array.from({ length: rows }, (_, n) => {
    const time = bad.has(n) ? "never" : new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString();
    return `K${n % 300},${time},"Where is my money, ${n}?"`;
  });
  writeFileSync(path, `user_id,timestamp,body\n${lines.join("\n")}\n`);
});
afterEach(() => database.drop());

const count = async (table: "messages" | "tickets" | "conversations" | "urgency_scores") => {
  const row = await database.db.kysely
    .selectFrom(table)
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  return Number(row.n);
};

async function expectAllThereOnce(): Promise<void> {
  const good = rows - bad.size;
  expect(await count("messages")).toBe(good);
  expect(await count("tickets")).toBe(good);
  expect(await count("conversations")).toBe(good);
  expect(await count("urgency_scores")).toBe(good);
  const { rows: wrong } = await database.db.pool.query(
    `SELECT c.id FROM customers c WHERE total_tickets <> (SELECT count(*) FROM tickets t WHERE t.customer_id = c.id)
        OR open_tickets <> total_tickets`,
  );
  expect(wrong).toEqual([]);
  const texts = await database.db.kysely.selectFrom("messages").select("text").distinct().execute();
  expect(texts).toHaveLength(good);
}

test.each(["SIGKILL", "SIGINT"] as const)(
  "%s in the middle, then again: nothing missing, nothing twice",
  async (signal) => {
    const child = spawnCli(["import", path, "--batch", "50", "--json"], settings);
    const end = ended(child);
    await until(async () => (await count("messages")) > 300, "some rows");
    child.kill(signal);
    const first = await end;
    const before = await count("messages");
    expect(before).toBeLessThan(rows - bad.size);
    if (signal === "SIGINT") {
      expect(first.code).toBe(1);
      expect(first.stderr).toMatch(/run the same command again/);
      expect(first.json()).toMatchObject({ interrupted: true, imported: before });
    }
    const second = await runCli(["import", path, "--batch", "70", "--json"], settings);
    expect(second.code, second.stderr).toBe(0);
    expect(second.json()).toMatchObject({
      rows,
      imported: rows - bad.size - before,
      duplicates: before,
      rejected: bad.size,
    });
    await expectAllThereOnce();
  },
);

test("two imports of one file at the same time store each row once", async () => {
  const both = await Promise.all(
    ["40", "60"].map((batch) =>
      runCli(["import", path, "--batch", batch, "--json", "--rejected", `${path}.${batch}`], settings),
    ),
  );
  expect(both.map((result) => result.code)).toEqual([0, 0]);
  const imported = both.map((result) => Number(result.json().imported));
  expect((imported[0] ?? 0) + (imported[1] ?? 0)).toBe(rows - bad.size);
  await expectAllThereOnce();
});
