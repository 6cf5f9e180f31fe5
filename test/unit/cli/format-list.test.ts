import { afterEach, expect, test } from "vitest";
import { formatList } from "../../../cli/output.js";
import { stageHead, stageNumbers, stageRow } from "../../../cli/queue/read-stages.js";
import { watchLines } from "../../../cli/queue/watch.js";
import { eventLine } from "../../../cli/tail/print-event.js";
import type { SequencedEvent } from "../../../src/contract/events.js";

const { isTTY, columns } = process.stdout;
afterEach(() => Object.assign(process.stdout, { isTTY, columns }));

const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
const widest = (text: string) =>
  Math.max(
    ...text
      .replace(colour, "")
      .split("\n")
      .map((line) => line.length),
  );
const terminal = (width: number) => Object.assign(process.stdout, { isTTY: true, columns: width });

test("a list keeps one line a row in a terminal: the widest column gives way", () => {
  terminal(60);
  const text = formatList(
    ["id", "text"],
    [
      ["1", "word ".repeat(60)],
      ["2", "short"],
    ],
  ).replace(colour, "");
  expect(widest(text)).toBeLessThanOrEqual(60);
  expect(text.split("\n")).toHaveLength(5);
  expect(text).toMatch(/word word .*…/);
  expect(text).toContain("short");
});

test("many columns lose their frame before they lose their words, and are cut at last", () => {
  const figures = { waiting: 12, active: 1, delayed: 0, dead: 3, completed: 1000, done_last_minute: 1000 };
  const row = stageRow({
    stage: "score",
    ...figures,
    done_at_least: true,
    paused: true,
    oldest_waiting_ms: 7_500_000,
  });
  expect(row).toEqual(["score (paused)", "12", "1", "0", "3", "1000", "≥ 1000", "2 h 5 min"]);
  for (const width of [120, 79, 72, 50]) {
    terminal(width);
    const text = formatList(stageHead, [row], stageNumbers).replace(colour, "");
    expect(widest(text)).toBeLessThanOrEqual(width);
    expect(text.includes("│")).toBe(width === 120);
    if (width > 70) expect(text).toContain("score (paused)");
  }
});

test("in a pipe nothing is cut; control signs of customers go nowhere", () => {
  Object.assign(process.stdout, { isTTY: false });
  const text = formatList(["text"], [[`${"x".repeat(300)}\u001b[2J\r\nsecond\u0007\u009b31m`]]);
  expect(text).toContain(`${"x".repeat(300)} [2J second 31m`);
  expect(text.split("\n")).toHaveLength(4);
});

test("watch: figures, then the newest dead letters; the store that is away is said", () => {
  terminal(100);
  const at = new Date("2026-11-21T12:00:00Z");
  const lines = watchLines({ at, stages: [], deaths: [`score 7, 3 s ago: ${"x".repeat(200)}`] }, "Redis", 80);
  expect(lines[0]).toBe("queue on Redis, 12:00:00 UTC; Ctrl-C ends it");
  expect(lines.at(-1)).toHaveLength(80);
  expect(lines.at(-1)).toMatch(/^score 7, 3 s ago: x+…$/);
  expect(watchLines({ at, fault: "the store is away" }, "Redis", 80)).toContain("the store is away");
});

const event: SequencedEvent = {
  seq: 35,
  stream: "agents",
  pos: 19,
  type: "message_new",
  payload: { message_id: 244, body: `help\u001b[31m\n${"y".repeat(300)}` },
  request_id: "my-request",
  stage: "score",
  subject_id: 244,
  created_at: "2026-11-21T12:00:00.867Z",
};

test("an event is one line with its place, job and request, cut to the width", () => {
  const whole = eventLine(event, { width: Number.POSITIVE_INFINITY, coloured: false });
  expect(whole).toMatch(/^12:00:00\.867 {5}35 agents#19 +message_new -> score 244 message_id=244 body=help /);
  expect(whole).toMatch(/\[my-request\]$/);
  const cut = eventLine(event, { width: 70, coloured: false });
  expect(cut).toHaveLength(70);
  expect(cut).toMatch(/… \[my-request\]$/);
  expect(/\p{Cc}/u.test(whole + cut)).toBe(false);
  const quiet = eventLine({ ...event, request_id: null, stage: null }, { width: 200, coloured: false });
  expect(quiet).not.toMatch(/->|my-request/);
});
