import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFolder } from "../../../src/runtime/make-folder.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "switchboard-folder-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("makes what is missing on the way, with its mode, and twice is harmless", () => {
  const path = join(folder, "a", "b", "c");
  makeFolder(path, 0o700);
  makeFolder(path, 0o700);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

it("says what stands in the way", () => {
  writeFileSync(join(folder, "file"), "");
  expect(() => makeFolder(join(folder, "file", "x"), 0o700)).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
  symlinkSync(join(folder, "nowhere"), join(folder, "link"));
  expect(() => makeFolder(join(folder, "link"), 0o700)).toThrow(expect.objectContaining({ code: "EEXIST" }));
});

it.skipIf(!existsSync("/proc/self"))("ends where the system makes no folders", () => {
  expect(() => makeFolder("/proc/switchboard/x", 0o700)).toThrow(expect.objectContaining({ code: "ENOENT" }));
});
