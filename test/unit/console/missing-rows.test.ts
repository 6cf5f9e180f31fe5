import { expect, test } from "vitest";
import { MissingRows } from "../../../src/console/desk/missing-rows.js";

/** What is asked for, with a clock that a test turns: `pass` runs what waits and says how long it would have waited. */
function open() {
  const waits: { run: () => void; ms: number }[] = [];
  const fetched: (number | "all")[] = [];
  const answers: (() => void)[] = [];
  const answer = (what: number | "all") => {
    fetched.push(what);
    return new Promise<void>((resolve) => answers.push(resolve));
  };
  const rows = new MissingRows({
    fetchOne: answer,
    fetchAll: () => answer("all"),
    after: (run, ms) => {
      const wait = { run, ms };
      waits.push(wait);
      return () => void waits.splice(waits.indexOf(wait), 1);
    },
  });
  const pass = () => {
    const wait = waits.shift();
    wait?.run();
    return wait?.ms;
  };
  const arrive = async () => {
    answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const askMany = () => {
    for (let id = 1; id <= 500; id++) rows.ask(id);
  };
  return { rows, fetched, waits, pass, arrive, askMany };
}

test("a few are fetched one after the other, each once", async () => {
  const { rows, fetched, waits, pass, arrive } = open();
  for (const id of [4, 5, 4]) rows.ask(id);
  expect(waits.length).toBe(1);
  pass();
  await arrive();
  await arrive();
  expect(fetched).toEqual([4, 5]);
  expect(waits).toEqual([]);
});

test("in a storm the lists are fetched in place of it: one answer at a time, and a rest after each", async () => {
  const { fetched, waits, pass, arrive, askMany } = open();
  askMany();
  expect(pass()).toBe(120);
  // The answer takes its time: nothing is asked beside it, which would end it.
  askMany();
  askMany();
  expect([fetched, waits]).toEqual([["all"], []]);
  await arrive();
  expect(pass()).toBe(1000);
  expect(fetched).toEqual(["all", "all"]);
});

test("who has left asks no more", async () => {
  const { rows, waits, pass, arrive, askMany } = open();
  askMany();
  rows.stop();
  expect(waits).toEqual([]);
  const other = open();
  other.askMany();
  other.pass();
  other.rows.ask(1);
  other.rows.stop();
  await other.arrive();
  expect(other.waits).toEqual([]);
  await arrive();
  expect(pass()).toBeUndefined();
});
