import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { deskSettings, makeFolder, runCli } from "./run-cli.js";

let database: TestDatabase;
let settings: Record<string, string>;
const folder = makeFolder();

beforeAll(async () => {
  database = await createTestDatabase();
  settings = deskSettings(database.url);
});
afterAll(() => database.drop());

const header = "User ID,Timestamp (UTC),Message Body\n";
let made = 0;

interface Imported {
  code: number | null;
  rows: number;
  imported: number;
  duplicates: number;
  rejected: number;
  /** Lines and reasons of the rejected file. */
  rejects: { line: number; reason: string; record: string }[];
  path: string;
}

/** Writes a file and imports it; the figures of the last line. */
async function importFile(content: string | Buffer, ...options: string[]): Promise<Imported> {
  const path = join(folder, `${++made}.csv`);
  writeFileSync(path, content);
  return importPath(path, ...options);
}

async function importPath(path: string, ...options: string[]): Promise<Imported> {
  const result = await runCli(["import", path, "--json", ...options], settings);
  expect(result.stdout, result.stderr).not.toBe("");
  const rejectedPath = `${path}.rejected.csv`;
  const rejects = existsSync(rejectedPath)
    ? parse(readFileSync(rejectedPath), { columns: true }).map((reject) => {
        const { line, reason, record } = reject as Record<string, string>;
        return { line: Number(line), reason: reason ?? "", record: record ?? "" };
      })
    : [];
  return { code: result.code, ...result.json<Omit<Imported, "code" | "rejects" | "path">>(), rejects, path };
}

/** The stored texts of a customer with their times. */
async function stored(userId: string): Promise<[string, string][]> {
  const rows = await database.db.kysely
    .selectFrom("messages")
    .innerJoin("customers", "customers.id", "messages.sender_id")
    .select(["text", "messages.created_at"])
    .where("user_id", "=", userId)
    .orderBy("messages.id")
    .execute();
  return rows.map((row) => [row.text, row.created_at.toISOString()]);
}

test("imported twice, it adds nothing; every row is counted", async () => {
  const first = await importFile(`${header}tw,2017-02-01 10:00:00,Hello\ntw,2017-02-01 10:00:01,Hello\n`);
  expect(first).toMatchObject({ code: 0, rows: 2, imported: 2, duplicates: 0, rejected: 0 });
  expect(await importPath(first.path)).toMatchObject({ code: 0, rows: 2, imported: 0, duplicates: 2, rejected: 0 });
  expect(await stored("tw")).toHaveLength(2);
});

test("the same row twice in one file, or in another file, is one", async () => {
  const row = "same,2017-02-01 10:00:00,Hello\n";
  expect(await importFile(header + row + row)).toMatchObject({ rows: 2, imported: 1, duplicates: 1 });
  expect(await importFile(header + row)).toMatchObject({ rows: 1, imported: 0, duplicates: 1 });
});

test("a broken quote costs its line, the others are imported", async () => {
  const result = await importFile(
    `${header}q,2017-02-01 10:00:00,"never closed\nq,2017-02-01 10:00:01,"fine, with ""quotes"""\n` +
      'q,2017-02-01 10:00:02,"closed"too early\nq,2017-02-01 10:00:03,has "one" inside\nq,2017-02-01 10:00:04,last\n',
  );
  expect(result).toMatchObject({ code: 0, rows: 5, imported: 2, rejected: 3 });
  expect(result.rejects.map((reject) => reject.line)).toEqual([2, 4, 5]);
  expect(result.rejects[0]).toMatchObject({ record: 'q,2017-02-01 10:00:00,"never closed' });
  expect((await stored("q")).map(([text]) => text)).toEqual(['fine, with "quotes"', "last"]);
});

test("bad dates, missing and extra cells, empty and too long messages, NUL: rejected with line and reason", async () => {
  const result = await importFile(
    `${header}b,soon,a\nb,2017-02-30 10:00:00,b\nb,2017-02-01 10:00:00\nb,2017-02-01 10:00:00,c,d\n` +
      `b,2017-02-01 10:00:00,\nb,2017-02-01 10:00:00,"  "\nb,2017-02-01 10:00:00,${"x".repeat(10_001)}\n` +
      `b,2017-02-01 10:00:00,n\0ul\n,2017-02-01 10:00:00,e\nb,2017-02-01 10:00:00,${"é".repeat(10_000)}\n`,
  );
  expect(result).toMatchObject({ code: 0, rows: 10, imported: 1, rejected: 9 });
  expect(result.rejects.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
    expect.stringMatching(/^2 "soon" is no time/),
    expect.stringMatching(/^3 "2017-02-30 10:00:00" is no time/),
    expect.stringMatching(/^4 2 cells, expected 3/),
    expect.stringMatching(/^5 4 cells, expected 3/),
    expect.stringMatching(/^6 the message is empty/),
    expect.stringMatching(/^7 the message is empty/),
    expect.stringMatching(/^8 the message has more than 10000 characters/),
    expect.stringMatching(/^9 there is a NUL/),
    expect.stringMatching(/^10 the customer's id is empty/),
  ]);
});

test("unpadded hours and DD-MM-YYYY HH:MM, as UTC or in a time zone", async () => {
  const rows = "d,2017-02-03 7:01:34,one\nd,03-02-2017 7:01,two\nd,2017-02-03T07:01:34+02:00,three\n";
  expect(await importFile(header + rows)).toMatchObject({ imported: 3 });
  expect(await importFile(header + rows.replaceAll("d,", "dz,"), "--time-zone", "Africa/Nairobi")).toMatchObject({
    imported: 3,
  });
  expect(await stored("d")).toEqual([
    ["one", "2017-02-03T07:01:34.000Z"],
    ["two", "2017-02-03T07:01:00.000Z"],
    ["three", "2017-02-03T05:01:34.000Z"],
  ]);
  expect(await stored("dz")).toEqual([
    ["one", "2017-02-03T04:01:34.000Z"],
    ["two", "2017-02-03T04:01:00.000Z"],
    ["three", "2017-02-03T05:01:34.000Z"],
  ]);
});

test("no header: by position", async () => {
  const rows = "2017-02-03 7:01:34,first line,nh\n2017-02-03 7:01:35,second,nh\n";
  const options = ["--no-header", "--user-column", "3", "--time-column", "1", "--body-column", "2"];
  expect(await importFile(rows, ...options)).toMatchObject({ rows: 2, imported: 2 });
  expect((await stored("nh")).map(([text]) => text)).toEqual(["first line", "second"]);
});

test("a 5 MB cell is rejected, quoted or not, and what follows is imported", async () => {
  const huge = "x".repeat(5_000_000);
  const result = await importFile(
    `${header}h,2017-02-01 10:00:00,${huge}\nh,2017-02-01 10:00:01,"${huge}"\nh,2017-02-01 10:00:02,"after, it"\n`,
  );
  expect(result).toMatchObject({ code: 0, rows: 3, imported: 1, rejected: 2 });
  expect(result.rejects.map(({ line, reason }) => [line, reason])).toEqual([
    [2, "longer than 1048576 bytes"],
    [3, "longer than 1048576 bytes"],
  ]);
  expect(result.rejects[0]?.record.length).toBeLessThanOrEqual(1000);
});

test("a cell of 5 MB with lines like records is one bad record; a quote that is never closed costs a line of any file", async () => {
  const lines = "big,2017-02-01 10:00:09,evil\n".repeat(180_000);
  const big = await importFile(`${header}big,2017-02-01 10:00:00,"${lines}"\nbig,2017-02-01 10:00:01,after it\n`);
  expect(big).toMatchObject({ code: 0, rows: 2, imported: 1, rejected: 1 });
  expect(big.rejects).toMatchObject([{ line: 2, reason: "longer than 1048576 bytes" }]);
  expect((await stored("big")).map(([text]) => text)).toEqual(["after it"]);
  const rows = Array.from({ length: 300 }, (_, n) => `open,2017-02-01 10:00:01,${n} ${"x".repeat(8000)}\n`);
  const open = await importFile(`${header}open,2017-02-01 10:00:00,"never closed\n${rows.join("")}`);
  expect(open).toMatchObject({ code: 0, rows: 301, imported: 300, rejected: 1 });
  expect(open.rejects).toMatchObject([{ line: 2, reason: expect.stringContaining("never closed") }]);
});

test("Latin-1 bytes are not guessed at: that row is rejected, its neighbours are not", async () => {
  const latin = Buffer.from("l,2017-02-01 10:00:01,Gr\xfc\xdfe\n", "latin1");
  const content = Buffer.concat([
    Buffer.from(`${header}l,2017-02-01 10:00:00,Grüße\n`),
    latin,
    Buffer.from("l,2017-02-01 10:00:02,ok\n"),
  ]);
  const result = await importFile(content);
  expect(result).toMatchObject({ rows: 3, imported: 2, rejected: 1 });
  expect(result.rejects[0]).toMatchObject({ line: 3, reason: expect.stringContaining("not UTF-8") });
  expect((await stored("l")).map(([text]) => text)).toEqual(["Grüße", "ok"]);
});

test("a BOM, CRLF, line breaks in a cell, no final newline", async () => {
  const result = await importFile(
    '\ufeffUser ID,Timestamp (UTC),Message Body\r\nc,2017-02-01 10:00:00,"one\r\ntwo"\r\n\r\nc,2017-02-01 10:00:01,end',
  );
  expect(result).toMatchObject({ rows: 2, imported: 2, rejected: 0 });
  expect((await stored("c")).map(([text]) => text)).toEqual(["one\r\ntwo", "end"]);
});

test("other header names, in another order, with columns that nobody asked for, and another delimiter", async () => {
  const semicolons = "id;body;created_at;customer_id;lang\n7;Hi, there;2017-02-01 10:00;cu;en\n";
  expect(await importFile(semicolons, "--delimiter", ";")).toMatchObject({ rows: 1, imported: 1 });
  expect(await stored("cu")).toEqual([["Hi, there", "2017-02-01T10:00:00.000Z"]]);
});

test("--on-error stop: what stands before the bad line is imported, exit 1 with line and reason", async () => {
  const path = join(folder, "stop.csv");
  writeFileSync(path, `${header}st,2017-02-01 10:00:00,a\nst,never,b\nst,2017-02-01 10:00:02,c\n`);
  const result = await runCli(["import", path, "--on-error", "stop"], settings);
  expect(result.code).toBe(1);
  expect(result.stderr).toMatch(/line 3: "never" is no time/);
  expect(await stored("st")).toHaveLength(1);
});

test("--dry-run stores nothing and writes nothing", async () => {
  const result = await importFile(`${header}dry,2017-02-01 10:00:00,a\ndry,never,b\n`, "--dry-run");
  expect(result).toMatchObject({ code: 0, rows: 2, imported: 0, rejected: 1, rejects: [] });
  expect(await stored("dry")).toHaveLength(0);
});

test("the rejected file holds the last import's rows only, and is gone when there are none", async () => {
  const first = await importFile(`${header}rj,never,a\n`);
  expect(first.rejects).toHaveLength(1);
  expect((await importPath(first.path)).rejects).toHaveLength(1);
  writeFileSync(first.path, `${header}rj,2017-02-01 10:00:00,a\n`);
  expect(await importPath(first.path)).toMatchObject({ imported: 1, rejects: [] });
});

test.each([
  ["a wrong column", "who,when,what\n1,2017-02-01,a\n", [], /no column looks like.*who, when, what/],
  ["a column that is not there", header, ["--body-column", "txt"], /no column "txt".*Message Body/],
  ["no header", "9,2017-02-01 10:00:00,a\n", [], /no header.*--no-header/],
  ["an empty file", "", [], /empty/],
  ["a header that is broken", 'user_id,"time,body\n', [], /line 1 cannot be read/],
  ["UTF-16", Buffer.from("\ufeffuser_id,time,body\n", "utf16le"), [], /UTF-16/],
  ["a zone that is none", header, ["--time-zone", "Mars/Olympus"], /no time zone/],
  ["a batch of nothing", header, ["--batch", "0"], /1 to 5000/],
  ["an option that is none", header, ["--colour"], /unknown option/],
])("%s is wrong usage: exit 2 and one sentence", async (_, content, options, reason) => {
  const path = join(folder, `usage-${++made}.csv`);
  writeFileSync(path, content);
  const result = await runCli(["import", path, ...options], settings);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(reason);
  expect(result.stderr.trim().split("\n")).toHaveLength(1);
  expect(result.stderr).not.toMatch(/ {4}at /);
});

test("a file that is not there, a folder", async () => {
  for (const path of [join(folder, "none.csv"), folder]) {
    const result = await runCli(["import", path], settings);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(path);
  }
});
