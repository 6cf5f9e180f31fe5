import { expect, test } from "vitest";
import { complaintIn } from "../../../src/embedded/postgres-folder.js";
import { isRecentEnough, parseVersion, settingsText } from "../../../src/embedded/queue-server.js";
import { restartDelayMs } from "../../../src/embedded/supervisor.js";

test.each([
  ["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15", true],
  ["Valkey server v=8.1.1 sha=00000000:0", "8.1.1", true],
  ["Redis server v=6.2.0 sha=0", "6.2.0", true],
  ["Redis server v=6.0.16 sha=0", "6.0.16", false],
  ["Redis server v=5.0.7 sha=0", "5.0.7", false],
])("%s", (text, version, enough) => {
  const parsed = parseVersion(text);
  expect(parsed?.version).toBe(version);
  expect(parsed && isRecentEnough(parsed)).toBe(enough);
});

test("what is no version is none", () => {
  expect(parseVersion("command not found")).toBeNull();
});

test("a folder with spaces and quotes stays one word of the queue server's settings", () => {
  const text = settingsText({ port: 6390, password: "p", folder: '/my "own" data', mark: "switchboard-1" });
  expect(text.split("\n")).toContain('dir "/my \\"own\\" data"');
});

test("the first try comes at once, then they come later and later, at most 5 s apart", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 50].map(restartDelayMs)).toEqual([0, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

test("Postgres' last complaint is taken without its prefix", () => {
  const log = [
    '2026-01-01 UTC [7] LOG:  unrecognized configuration parameter "x"',
    '2026-01-01 UTC [7] FATAL:  configuration file "/d/postgresql.conf" contains errors',
    "",
  ].join("\n");
  expect(complaintIn(log)).toBe('configuration file "/d/postgresql.conf" contains errors');
  expect(complaintIn('initdb: error: could not access directory "/d": Permission denied')).toBe(
    'could not access directory "/d": Permission denied',
  );
  expect(complaintIn("LOG:  database system is ready")).toBeNull();
});
