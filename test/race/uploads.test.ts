import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attachUploadInTransaction } from "../../src/commands/attach-upload.js";
import { eraseCustomer } from "../../src/commands/erase-customer.js";
import { FileClearance } from "../../src/commands/file-clearance.js";
import { storeUpload } from "../../src/commands/store-upload.js";
import { inTransaction } from "../../src/db/transaction.js";
import type { Actor } from "../../src/domain/policy.js";
import { LocalFiles } from "../../src/runtime/local-files.js";
import { admin, type Desk, openDesk, ticketRow } from "../support/desk.js";
import { sampleFiles } from "../support/sample-files.js";
import { createTestDatabase, type TestDatabase } from "../support/test-database.js";

const folder = mkdtempSync(join(tmpdir(), "switchboard-race-files-"));
const files = new LocalFiles(folder);
const uploadLimits = { UPLOAD_MAX_BYTES: 100_000, UPLOAD_TYPES: ["txt" as const], UPLOAD_UNUSED_MAX: 1000 };
let test_: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  test_ = await createTestDatabase(20);
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function* textOf(): AsyncIterable<Uint8Array> {
  yield sampleFiles.txt;
}

/** A customer with a message, and an upload of its own. */
async function prepare() {
  const ticket = await ticketRow(desk.db, await desk.message());
  const actor: Actor = { kind: "user", id: ticket.customer_id, role: "customer", name: "" };
  const { id } = await storeUpload(desk.as(actor), files, uploadLimits, { name: "a.txt", content: textOf() });
  const { rows } = await test_.db.pool.query("SELECT store_key FROM attachments WHERE id = $1", [id]);
  const path = join(folder, rows[0].store_key.slice(0, 2), rows[0].store_key);
  const input = { attachmentId: id, messageId: ticket.opening_message_id, uploaderId: ticket.customer_id };
  return { id, input, path, customerId: ticket.customer_id, conversationId: ticket.conversation_id };
}

const isThere = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;
const attach = (input: Parameters<typeof attachUploadInTransaction>[1]) =>
  inTransaction(test_.db, (tx) => attachUploadInTransaction(tx, input));
const grow = (ids: number[], hours: number) =>
  test_.db.pool.query("UPDATE attachments SET created_at = now() - $2 * interval '1 hour' WHERE id = ANY($1)", [
    ids,
    hours,
  ]);
const rowOf = async (id: number) =>
  (await test_.db.pool.query("SELECT message_id FROM attachments WHERE id = $1", [id])).rows[0];

test("the daily job and an attach: one of the two has the upload, whole", async () => {
  const won = { attach: 0, job: 0 };
  for (let round = 0; round < 12; round++) {
    const uploads = await Promise.all(Array.from({ length: 8 }, prepare));
    await grow(
      uploads.map(({ id }) => id),
      25,
    );
    const attached = uploads.map(({ input }) =>
      attach(input).then(
        () => true,
        () => false,
      ),
    );
    const [outcomes] = await Promise.all([
      Promise.all(attached),
      new FileClearance(desk, files).run(),
      new FileClearance(desk, files).run(),
    ]);
    await new FileClearance(desk, files).run();
    for (const [index, { id, path }] of uploads.entries()) {
      const row = await rowOf(id);
      won[outcomes[index] ? "attach" : "job"]++;
      expect([row !== undefined, isThere(path)]).toEqual([outcomes[index], outcomes[index]]);
    }
  }
  expect(won.attach + won.job).toBe(96);
});

test("an attach that is under way keeps the upload; one that is rolled back does not", async () => {
  const [kept, given] = [await prepare(), await prepare()];
  await grow([kept.id, given.id], 25);
  await inTransaction(test_.db, async (tx) => {
    await attachUploadInTransaction(tx, kept.input);
    expect(await new FileClearance(desk, files).run()).toMatchObject({ unused: 1 });
  });
  expect([isThere(kept.path), isThere(given.path)]).toEqual([true, false]);
  expect(await rowOf(kept.id)).toEqual({ message_id: kept.input.messageId });
});

test("of eight attaches of one upload one succeeds", async () => {
  const { id, input } = await prepare();
  const others = await Promise.all(Array.from({ length: 7 }, prepare));
  const targets = [input.messageId, ...others.map((other) => other.input.messageId)];
  const outcomes = await Promise.allSettled(targets.map((messageId) => attach({ ...input, messageId })));
  const winner = outcomes.findIndex(({ status }) => status === "fulfilled");
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await rowOf(id)).toEqual({ message_id: targets[winner] });
});

test("the job runs once a day, and leaves alone what is younger than a day", async () => {
  let now = 0;
  const clearance = new FileClearance(desk, files, () => now);
  await clearance.run();
  const [young, old] = [await prepare(), await prepare()];
  await grow([young.id], 23.9);
  await grow([old.id], 24.1);
  expect(await clearance.run()).toEqual({ unused: 0, removed: 0, strays: 0 });
  now = 24 * 3_600_000;
  expect(await clearance.run()).toEqual({ unused: 1, removed: 1, strays: 0 });
  expect([isThere(young.path), isThere(old.path)]).toEqual([true, false]);
});

test("a file whose process died before its row is swept; one with a row never is", async () => {
  const stray = randomUUID();
  await files.put(stray, textOf());
  const { path } = await prepare();
  const strayPath = join(folder, stray.slice(0, 2), stray);
  for (const each of [path, strayPath]) utimesSync(each, new Date(), new Date(Date.now() - 2 * 3_600_000));
  expect(await new FileClearance(desk, files).run()).toMatchObject({ strays: 1 });
  expect([isThere(path), isThere(strayPath)]).toEqual([true, false]);
});

test("a process that dies between row and file leaves a file that nobody is served, and the next run removes it", async () => {
  const { id, path } = await prepare();
  await test_.db.pool.query("DELETE FROM attachments WHERE id = $1", [id]);
  expect(isThere(path)).toBe(true);
  const broken = Object.assign(Object.create(files), { remove: () => Promise.reject(new Error("killed")) });
  await expect(new FileClearance(desk, broken).run()).rejects.toThrow("killed");
  expect(isThere(path)).toBe(true);
  await new FileClearance(desk, files).run();
  expect(isThere(path)).toBe(false);
});

test("erasing a customer takes its files, used and unused", async () => {
  const used = await prepare();
  await attach(used.input);
  const actor: Actor = { kind: "user", id: used.customerId, role: "customer", name: "" };
  const unused = await storeUpload(desk.as(actor), files, uploadLimits, { name: "b.txt", content: textOf() });
  await eraseCustomer(desk.as(admin), { customerId: used.customerId });
  expect([await rowOf(used.id), await rowOf(unused.id)]).toEqual([undefined, undefined]);
  await new FileClearance(desk, files).run();
  expect(isThere(used.path)).toBe(false);
  const { rows } = await test_.db.pool.query("SELECT FROM leftover_files");
  expect(rows).toEqual([]);
});
