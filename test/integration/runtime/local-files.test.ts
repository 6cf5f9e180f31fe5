import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { FilesUnavailable } from "../../../src/runtime/file-store.js";
import { LocalFiles } from "../../../src/runtime/local-files.js";

const root = mkdtempSync(join(tmpdir(), "switchboard-files-"));
let folder: string;
let files: LocalFiles;
beforeEach(() => {
  folder = join(root, randomUUID(), "uploads");
  files = new LocalFiles(folder);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function* pieces(...given: (string | Error)[]): AsyncIterable<Uint8Array> {
  for (const piece of given) {
    if (piece instanceof Error) throw piece;
    yield Buffer.from(piece);
  }
}

const onDisk = (path = folder) =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(path, name)).isFile());

async function read(key: string): Promise<string | null> {
  const file = await files.open(key);
  return file && (await buffer(file.content)).toString();
}

async function keys(fromMs: number, toMs: number): Promise<string[]> {
  const found: string[] = [];
  for await (const key of files.keysOfAge({ fromMs, toMs })) found.push(key);
  return found;
}

const age = (path: string, ms: number) => utimesSync(path, new Date(), new Date(Date.now() - ms));

it("gives back what it was given, for its owner's eyes alone", async () => {
  const key = randomUUID();
  await files.put(key, pieces("one ", "two"));
  expect(await read(key)).toBe("one two");
  const file = await files.open(key);
  expect(file?.size).toBe(7);
  file?.content.destroy();
  expect(onDisk()).toEqual([join(key.slice(0, 2), key)]);
  expect(statSync(join(folder, key.slice(0, 2), key)).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, key.slice(0, 2))).mode & 0o777).toBe(0o700);
});

it("has nothing under a key that was never stored, or was removed, twice", async () => {
  const key = randomUUID();
  expect(await files.open(key)).toBeNull();
  await files.put(key, pieces("x"));
  await files.remove(key);
  await files.remove(key);
  expect(await files.open(key)).toBeNull();
});

it("throws what the content throws, and keeps nothing", async () => {
  const fault = new Error("the sender went away");
  await expect(files.put(randomUUID(), pieces("half", fault))).rejects.toBe(fault);
  expect(onDisk()).toEqual([]);
});

it.each(["../../etc/passwd", "x", "", "00000000-0000-0000-0000-00000000000g"])("takes no key like %j", async (key) => {
  await expect(files.put(key, pieces("x"))).rejects.toThrow("UUID");
  await expect(files.open(key)).rejects.toThrow("UUID");
  await expect(files.remove(key)).rejects.toThrow("UUID");
});

it("finds files by their age, and removes what was never finished", async () => {
  const [young, old] = [randomUUID(), randomUUID()];
  for (const key of [young, old]) await files.put(key, pieces("x"));
  age(join(folder, old.slice(0, 2), old), 10_000);
  expect(await keys(5000, 60_000)).toEqual([old]);
  expect((await keys(0, 60_000)).sort()).toEqual([young, old].sort());
  expect(await keys(20_000, 60_000)).toEqual([]);
  for (const name of ["a", "b"]) writeFileSync(join(folder, "unfinished", name), "half");
  age(join(folder, "unfinished", "a"), 10_000);
  expect(await files.removeUnfinished(5000)).toBe(1);
  expect(readdirSync(join(folder, "unfinished"))).toEqual(["b"]);
});

it("a folder that is not there yet is empty", async () => {
  expect(await keys(0, 1e12)).toEqual([]);
  expect(await files.removeUnfinished(0)).toBe(0);
});

it("a folder that cannot be made is FilesUnavailable", async () => {
  writeFileSync(join(root, "a-file"), "");
  const none = new LocalFiles(join(root, "a-file", "uploads"));
  await expect(none.put(randomUUID(), pieces("x"))).rejects.toBeInstanceOf(FilesUnavailable);
});

describe("a full disk", () => {
  const small = join(root, "small");
  mkdirSync(small);
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", small]).status === 0;
  afterAll(() => void spawnSync("umount", ["-l", small]));

  it.skipIf(!isMounted)("is FilesUnavailable, leaves nothing half, and goes on when there is room", async () => {
    const full = new LocalFiles(join(small, "uploads"));
    const many = Array.from({ length: 100 }, () => "x".repeat(16_384));
    await expect(full.put(randomUUID(), pieces(...many))).rejects.toBeInstanceOf(FilesUnavailable);
    expect(onDisk(small)).toEqual([]);
    const key = randomUUID();
    await full.put(key, pieces("fits"));
    expect(onDisk(small)).toEqual([join("uploads", key.slice(0, 2), key)]);
  });
});
