import { expect, test } from "vitest";
import { parseTime, utc, zoneOffset } from "../../../cli/csv/parse-time.js";
import { UsageError } from "../../../cli/failure.js";

const iso = (text: string, zone = utc) => parseTime(text, zone)?.toISOString() ?? null;

test.each([
  ["2017-02-03T07:01:34Z", "2017-02-03T07:01:34.000Z"],
  ["2017-02-03 7:01:34", "2017-02-03T07:01:34.000Z"],
  ["2017-2-3 07:01", "2017-02-03T07:01:00.000Z"],
  ["2017-02-03", "2017-02-03T00:00:00.000Z"],
  ["2017-02-03T07:01:34.5678+03:00", "2017-02-03T04:01:34.567Z"],
  ["2017-02-03 07:01:34 -0530", "2017-02-03T12:31:34.000Z"],
  ["2017-02-03 07:01:34 UTC", "2017-02-03T07:01:34.000Z"],
  ["03-02-2017 07:01", "2017-02-03T07:01:00.000Z"],
  [" 3-2-2017 7:01 ", "2017-02-03T07:01:00.000Z"],
  ["29-02-2016 00:00", "2016-02-29T00:00:00.000Z"],
])("%j is %s", (text, expected) => {
  expect(iso(text)).toBe(expected);
});

test.each([
  "",
  "yesterday",
  "2017-02-30 10:00",
  "29-02-2017 10:00",
  "2017-13-01",
  "2017-02-03 24:00:00",
  "2017-02-03 10:60:00",
  "03/02/2017 10:00",
  "1486105294",
  "2017-02-03 10:00 PM",
  "2017-02-03 10:00:00 +25:00",
])("%j is no time: nothing is guessed", (text) => {
  expect(iso(text)).toBeNull();
});

test("a local time counts in its zone; one that names its offset keeps it", () => {
  const nairobi = zoneOffset("Africa/Nairobi");
  expect(iso("2017-02-03 7:01:34", nairobi)).toBe("2017-02-03T04:01:34.000Z");
  expect(iso("2017-02-03T07:01:34Z", nairobi)).toBe("2017-02-03T07:01:34.000Z");
});

test("clock changes: summer, winter, the hour that comes twice (its first), the hour that is left out (offset before)", () => {
  const berlin = zoneOffset("Europe/Berlin");
  expect(iso("2024-07-01 12:00", berlin)).toBe("2024-07-01T10:00:00.000Z");
  expect(iso("2024-01-01 12:00", berlin)).toBe("2024-01-01T11:00:00.000Z");
  expect(iso("2024-10-27 02:30", berlin)).toBe("2024-10-27T00:30:00.000Z");
  expect(iso("2024-03-31 02:30", berlin)).toBe("2024-03-31T01:30:00.000Z");
  expect(iso("2024-03-31 03:30", berlin)).toBe("2024-03-31T01:30:00.000Z");
});

test("a zone that is none is wrong usage", () => {
  expect(() => zoneOffset("Mars/Olympus")).toThrow(UsageError);
});
