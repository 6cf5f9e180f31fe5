import { expect, test } from "vitest";
import { waitingFilter } from "../../../src/console/desk/ticket-list.js";
import { TicketStore } from "../../../src/console/desk/ticket-store.js";
import { update, view } from "./rows.js";

const me = 7;
/** A store whose changes settle when it is told so, and what it asked for. */
function open() {
  const turns: (() => void)[] = [];
  const asked: number[] = [];
  const store = new TicketStore({ me, fetchRow: (id) => void asked.push(id), schedule: (run) => void turns.push(run) });
  const settle = () => {
    for (const turn of turns.splice(0)) turn();
  };
  return { store, asked, settle };
}
const page = (...ids: number[]) => ids.map((id) => view(id));

test("the list stands in queue order and goes on where its last page ended", () => {
  const { store, settle } = open();
  store.takePage(store.list, page(1, 2, 5), "cursor", true);
  store.apply({
    type: "message_new",
    message_id: 3,
    status: "unassigned",
    body: "3",
    user_id: "U3",
    created_at: view(3).due_at,
  });
  store.apply(update(3, { due_at: view(3).due_at }));
  // Behind the last of the page: it comes with its own page.
  store.apply({
    type: "message_new",
    message_id: 9,
    status: "unassigned",
    body: "9",
    user_id: "U9",
    created_at: view(9).due_at,
  });
  settle();
  expect(store.list.ids).toEqual([1, 2, 3, 5]);
  store.takePage(store.list, page(9), null, false);
  settle();
  expect(store.list.ids).toEqual([1, 2, 3, 5, 9]);
});

test("a ticket that is claimed leaves the list, and is mine when I have it; counts follow", () => {
  const { store, settle } = open();
  store.takePage(store.list, page(1, 2, 3), null, true);
  store.apply(update(1, { status: "in_progress", assigned_to: me, reason: "claim" }));
  store.apply(update(2, { status: "in_progress", assigned_to: 8, reason: "claim" }));
  settle();
  expect([store.list.ids, store.mine, store.held]).toEqual([[3], [1], 1]);
  store.apply(update(1, { status: "closed", assigned_to: me, version: 3, reason: "reply" }));
  settle();
  expect([store.mine, store.held]).toEqual([[], 0]);
});

test("an older frame changes nothing, whenever it comes", () => {
  const { store, settle } = open();
  store.take([view(1, { version: 4, status: "closed" })]);
  store.apply(update(1, { version: 3, status: "in_progress", assigned_to: me }));
  store.take([view(1, { version: 2 })]);
  settle();
  expect(store.row(1)).toMatchObject({ version: 4, status: "closed" });
  expect(store.mine).toEqual([]);
});

test("while somebody points at the list rows change where they stand; what waited happens afterwards", () => {
  const { store, settle } = open();
  store.takePage(store.list, page(2, 3), null, true);
  store.hold(true);
  store.apply(update(2, { status: "in_progress", assigned_to: 8 }));
  store.apply({
    type: "message_new",
    message_id: 1,
    status: "unassigned",
    body: "1",
    user_id: "U1",
    created_at: view(1).due_at,
  });
  store.apply({
    type: "message_update",
    message_id: 1,
    status: "unassigned",
    assigned_to: null,
    version: 1,
    due_at: view(1).due_at,
  });
  settle();
  expect(store.list.ids).toEqual([2, 3]);
  expect(store.row(2)).toMatchObject({ status: "in_progress", assignedTo: 8 });
  expect(store.comers).toBe(1);
  store.hold(false);
  settle();
  expect([store.list.ids, store.comers]).toEqual([[1, 3], 0]);
});

test("what is mine stays under the pointer as well, and is counted as it is", () => {
  const { store, settle } = open();
  store.takeMine([
    view(1, { status: "in_progress", assigned_to: me }),
    view(2, { status: "in_progress", assigned_to: me }),
  ]);
  settle();
  store.hold(true);
  store.apply(update(1, { status: "closed", assigned_to: me }));
  settle();
  expect([store.mine, store.held]).toEqual([[1, 2], 1]);
  store.hold(false);
  expect(store.mine).toEqual([2]);
});

test("only a ticket that may belong here is fetched when nothing is known of it", () => {
  const { store, asked } = open();
  store.apply(update(1, { status: "in_progress", assigned_to: 8, reason: "claim" }));
  store.apply(update(2, { reason: "delivered" }));
  store.apply(update(3, { reason: "release", was: { assigned_to: 8 } }));
  store.apply(update(4, { status: "in_progress", assigned_to: me, reason: "push" }));
  expect(asked).toEqual([3, 4]);
  store.show({ ...waitingFilter, queue: "loans" });
  store.apply(update(5, { reason: "release", queue: "general", was: { assigned_to: 8 } }));
  store.apply(update(6, { reason: "routed", queue: "loans", was: { queue: "general" } }));
  expect(asked).toEqual([3, 4, 6]);
});

test("an unknown ticket beyond the last page comes with its page; one that moves before its end is fetched", () => {
  const { store, asked } = open();
  store.takePage(store.list, page(10, 20, 30), "cursor", true);
  for (let id = 31; id <= 200; id++) store.apply(update(id, { reason: "scored", due_at: view(id).due_at }));
  store.apply(update(99, { reason: "routed", was: { queue: "general" }, due_at: view(99).due_at }));
  expect(asked).toEqual([]);
  store.apply(update(77, { reason: "scored", due_at: view(15).due_at }));
  store.apply(update(78, { reason: "urgency_corrected", due_at: view(29).due_at }));
  expect(asked).toEqual([77, 78]);
});

test("what comes while a page is on its way stands in the list, whether the page has it or not", () => {
  const { store, settle } = open();
  const comes = (id: number) =>
    store.apply({
      type: "message_new",
      message_id: id,
      status: "unassigned",
      body: `${id}`,
      user_id: `U${id}`,
      created_at: view(id - 24 * 60).due_at,
    });
  store.list.awaitPage();
  comes(2);
  settle();
  store.takePage(store.list, page(1, 3), "cursor", true);
  settle();
  expect(store.list.ids).toEqual([1, 2, 3]);
  store.list.awaitPage();
  comes(5);
  settle();
  expect(store.list.ids).toEqual([1, 2, 3]);
  store.takePage(store.list, page(4, 6), null, false);
  settle();
  expect(store.list.ids).toEqual([1, 2, 3, 4, 5, 6]);
});

test("filters: a level that changes takes a row out, a search is the server's alone", () => {
  const { store, settle } = open();
  const list = store.show({ ...waitingFilter, level: "high" });
  const urgency = { score: 70, level: "high" as const, topic: "other", terms: [], model: "m" };
  store.takePage(list, [view(1, { urgency }), view(2, { urgency })], null, true);
  store.apply(update(1, { urgency: { ...urgency, level: "low" } }));
  settle();
  expect(list.ids).toEqual([2]);
  const found = store.show({ ...waitingFilter, search: "refund" });
  store.takePage(found, page(9, 4), null, true);
  store.apply(update(4, { status: "in_progress", assigned_to: 8 }));
  settle();
  expect(found.ids).toEqual([9, 4]);
});

test("snoozed tickets stand last and do not count; deleted ones are gone", () => {
  const { store, settle } = open();
  const until = "2030-01-01T00:00:00.000Z";
  store.takeMine([
    view(1, { status: "in_progress", assigned_to: me, snoozed_until: until }),
    view(2, { status: "in_progress", assigned_to: me }),
  ]);
  settle();
  expect([store.mine, store.held]).toEqual([[2, 1], 1]);
  store.apply({ type: "message_deleted", message_id: 2 });
  settle();
  expect([store.mine, store.row(2)]).toEqual([[1], undefined]);
});

test("500 changes of 10,000 rows are one turn", () => {
  const { store, settle } = open();
  const ids = Array.from({ length: 10_000 }, (_, index) => index + 1);
  store.takePage(store.list, page(...ids), null, true);
  settle();
  let told = 0;
  store.subscribe(() => told++);
  for (let id = 1; id <= 1000; id += 2) store.apply(update(id, { status: "in_progress", assigned_to: 8 }));
  settle();
  expect([told, store.list.ids.length]).toEqual([1, 9500]);
});

test("any changes in any turns leave the list as sorting all of it would", () => {
  const { store, settle } = open();
  // The same walk in each run: a generator of Park and Miller's.
  let seed = 20_261_121;
  const next = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const ids = Array.from({ length: 300 }, (_, index) => index + 1);
  store.takePage(store.list, page(...ids), null, true);
  for (let version = 2; version < 400; version++) {
    for (let change = next(40); change >= 0; change--) {
      const isMoved = next(3) === 0 ? { due_at: view(next(400)).due_at } : {};
      const holder = next(4) === 0 ? { status: "in_progress", assigned_to: 8 } : {};
      store.apply(update(1 + next(300), { version, reason: "scored", ...isMoved, ...holder }));
    }
    settle();
    const sorted = ids
      .flatMap((id) => store.row(id) ?? [])
      .filter(({ status }) => status === "unassigned")
      .sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
    expect(store.list.ids).toEqual(sorted.map(({ id }) => id));
  }
});
