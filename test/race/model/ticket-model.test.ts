import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Desk, openDesk } from "../../support/desk.js";
import { testRandom } from "../../support/random.js";
import type { TestDatabase } from "../../support/test-database.js";
import { witnessedDatabase } from "../pairs/witnessed-database.js";
import { openModelDesk, shown } from "./model-desk.js";
import { newDesk, type Planned, resolve, step } from "./ticket-model.js";

let test_: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  test_ = await witnessedDatabase(4);
  desk = await openDesk(test_.db);
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const agent = fc.integer({ min: 0, max: 2 });
const owner = fc.constant("owner" as const);
const mostlyOwner = fc.oneof({ weight: 3, arbitrary: owner }, agent);
const by = fc.oneof({ weight: 4, arbitrary: owner }, { weight: 2, arbitrary: agent }, fc.constant("admin" as const));
// More places than there are, at times: a ticket that is not there.
const ticket = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 1 }) },
  { weight: 2, arbitrary: fc.integer({ min: 2, max: 3 }) },
  fc.integer({ min: 4, max: 6 }),
);
const flag = fc.boolean();
const seen = fc.constantFrom("any" as const, "current" as const, "current" as const, "old" as const);
const kind = <Kind extends Planned["kind"]>(name: Kind) => fc.constant(name);

const action: fc.Arbitrary<Planned> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: kind("write"), customer: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: kind("goOn"), ticket }) },
  { weight: 12, arbitrary: fc.record({ kind: kind("claim"), agent, ticket }) },
  { weight: 10, arbitrary: fc.record({ kind: kind("reply"), agent: mostlyOwner, ticket, keepOpen: flag, seen }) },
  { weight: 4, arbitrary: fc.record({ kind: kind("release"), by, ticket }) },
  { weight: 5, arbitrary: fc.record({ kind: kind("transfer"), by, ticket, to: agent }) },
  { weight: 6, arbitrary: fc.record({ kind: kind("snooze"), by, ticket }) },
  { weight: 6, arbitrary: fc.record({ kind: kind("snoozeEnds"), ticket }) },
  { weight: 5, arbitrary: fc.record({ kind: kind("wake") }) },
  { weight: 3, arbitrary: fc.record({ kind: kind("sell"), agent: mostlyOwner, ticket }) },
  { weight: 6, arbitrary: fc.record({ kind: kind("reopen"), by, ticket }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("daysPass"), ticket }) },
  { weight: 7, arbitrary: fc.record({ kind: kind("pull"), agent }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("capacity"), agent, capacity: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("removeAgent"), agent }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("delete"), ticket }) },
);

/** The desk as it was: nothing waits, nobody is owned. */
async function clear(): Promise<void> {
  for (const table of ["conversations", "outbox", "race_changes", "race_said"]) {
    await test_.db.pool.query(`DELETE FROM ${table}`);
  }
}

test("whatever is done in whatever order, the desk comes to what the contract says", async () => {
  const capacities = [1, 2, 1];
  const run = async (plan: Planned[]) => {
    await clear();
    const model = newDesk(capacities);
    const real = await openModelDesk(test_.db, desk, capacities);
    const opening: Planned[] = [0, 1].map((customer) => ({ kind: "write", customer }));
    for (const [index, planned] of [...opening, ...plan].entries()) {
      const act = resolve(model, planned);
      const expected = step(model, act);
      const done = `act ${index} ${JSON.stringify(act)}`;
      expect(`${done}: ${await real.act(act)}`).toBe(`${done}: ${expected}`);
      expect(await real.look(), done).toEqual(shown(model));
    }
    const { rows } = await test_.db.pool.query("SELECT * FROM race_faults(true)");
    expect(rows).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 40, size: "max" }), run), {
    seed: testRandom().seed,
    numRuns: Number(process.env.RACE_RUNS ?? 50),
    endOnFailure: process.env.RACE_SHRINK === "0",
    // Shrinking ends before the test is given up, and says how far it came.
    interruptAfterTimeLimit: 90_000,
    markInterruptAsFailure: true,
  });
});
