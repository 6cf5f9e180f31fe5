import { afterAll, beforeAll, expect, test } from "vitest";
import { addNote } from "../../../src/commands/add-note.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { eraseCustomer } from "../../../src/commands/erase-customer.js";
import { fillAgent } from "../../../src/commands/fill-agent.js";
import { receiveMessage } from "../../../src/commands/receive-message.js";
import { reopenTicket } from "../../../src/commands/reopen-ticket.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { scoreMessages } from "../../../src/commands/score-messages.js";
import { updateCustomer } from "../../../src/commands/update-customer.js";
import { updateTicket } from "../../../src/commands/update-ticket.js";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";
import { auditOwners, noFaults } from "../../support/audit.js";
import { admin, type Desk, fills, openDesk } from "../../support/desk.js";
import { brokenStreams, findInTables } from "../../support/dump.js";
import { testRandom } from "../../support/random.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let database: TestDatabase;
let desk: Desk;
beforeAll(async () => {
  database = await createTestDatabase(20);
  desk = await openDesk(database.db);
});
afterAll(async () => {
  await desk.close();
  await database.drop();
});

const random = testRandom();
const rowsOf = async <T extends object>(text: string, values: unknown[] = []) =>
  (await database.db.pool.query<T>(text, values)).rows;
const customerOf = async (userId: string) =>
  (await rowsOf<{ id: number }>("SELECT id FROM customers WHERE user_id = $1", [userId]))[0]?.id ?? 0;
const codesOf = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [String(outcome.reason.code ?? outcome.reason)] : []));

/** Bites as the sequencer does, as long as `work` runs. */
async function whileBiting(work: () => Promise<void>): Promise<void> {
  const client = await database.db.pool.connect();
  let going = true;
  const biting = (async () => {
    while (going) await biteOutbox(client);
    while ((await biteOutbox(client)).length > 0);
  })();
  try {
    await work();
  } finally {
    going = false;
    await biting;
    client.release();
  }
}

/** Runs all of it at once, begun in any order. */
async function atOnce(...acts: (() => Promise<unknown>)[]): Promise<PromiseSettledResult<unknown>[]> {
  const order = acts.map((act) => ({ act, place: random.below(1_000_000) })).sort((a, b) => a.place - b.place);
  const begun = new Map<() => Promise<unknown>, Promise<unknown>>();
  for (const { act } of order) begun.set(act, act());
  return Promise.allSettled(acts.map((act) => begun.get(act)));
}

test("messages that come in while their customer is erased are the old one's and gone, or a new one's and whole", async () => {
  const rounds = 15;
  const words = Array.from({ length: rounds }, (_, round) => `xqround${round}x`);
  await whileBiting(async () => {
    for (let round = 0; round < rounds; round++) {
      const userId = `writer-${round}`;
      const body = (index: number) => `${words[round]} says ${index}`;
      await desk.message({ userId, body: body(0) });
      const customerId = await customerOf(userId);
      const write = (index: number) => () => desk.message({ userId, body: body(index) });
      const outcomes = await atOnce(
        write(1),
        write(2),
        () => eraseCustomer(desk.as(admin), { customerId }),
        write(3),
        write(4),
      );
      expect(codesOf(outcomes)).toEqual([]);
      const ids = outcomes.flatMap((one) =>
        one.status === "fulfilled" && typeof one.value === "number" ? one.value : [],
      );
      const said = await rowsOf<{ customer: number; text: string; status: string }>(
        `SELECT t.customer_id AS customer, m.text, t.status FROM tickets t JOIN messages m ON m.id = t.opening_message_id
         WHERE t.id = ANY($1)`,
        [ids],
      );
      expect(said).toHaveLength(4);
      for (const { customer, text, status } of said) {
        if (customer === customerId) expect([text, status]).toEqual(["", "closed"]);
        else expect([text.split(" ")[0], status]).toEqual([words[round], "unassigned"]);
      }
      const anew = await customerOf(userId);
      expect(new Set(said.map(({ customer }) => customer).filter((id) => id !== customerId))).toEqual(
        new Set(anew === 0 ? [] : [anew]),
      );
      // Whoever is there now is erased in peace: then nothing is left, wherever the words were when the first one went.
      if (anew !== 0) await eraseCustomer(desk.as(admin), { customerId: anew });
    }
  });
  expect(await findInTables(database.db, [...words, '"writer-', "(writer-"])).toEqual([]);
  expect(await brokenStreams(database.db)).toEqual([]);
  expect(await auditOwners(database.db)).toEqual(noFaults);
});

test("whoever writes about a customer while it is erased is first, and the words go, or is refused", async () => {
  const rounds = 15;
  const words = Array.from({ length: rounds }, (_, round) => `xqabout${round}x`);
  const refused = new Map<string, number>();
  await whileBiting(async () => {
    for (let round = 0; round < rounds; round++) {
      const word = words[round] ?? "";
      const userId = `subject-${round}`;
      const [agent, other] = [await desk.agent(), await desk.agent({ capacity: 1 })];
      const mine = await desk.message({ userId, body: word });
      const free = await desk.message({ userId, body: word });
      const third = await desk.message({ userId, body: word });
      await claimTicket(desk.as(agent), { ticketId: mine, agentId: agent.id });
      const [{ opening } = { opening: 0 }] = await rowsOf<{ opening: number }>(
        "SELECT opening_message_id AS opening FROM tickets WHERE id = $1",
        [third],
      );
      const customerId = await customerOf(userId);
      const outcomes = await atOnce(
        () => eraseCustomer(desk.as(admin), { customerId }),
        () => eraseCustomer(desk.as(admin), { customerId }),
        () => replyToTicket(desk.as(agent), { ticketId: mine, agentId: agent.id, text: word }),
        () => claimTicket(desk.as(other), { ticketId: free, agentId: other.id }),
        () => fillAgent(fills(database.db), { agentId: agent.id, reason: "pull" }),
        () => addNote(desk.as(agent), { ticketId: free, text: word }),
        () => receiveMessage(desk.as(admin), { userId, body: word, replyTo: mine }),
        () => updateTicket(desk.as(admin), { ticketId: third, title: word, description: `${word} again` }),
        () => updateCustomer(desk.as(admin), { customerId, name: word, attributes: { [word]: word } }),
        () => reopenTicket(desk.as(admin), { ticketId: mine }),
        () => scoreMessages({ ...desk.as(admin), requestId: null }, [opening]),
      );
      for (const code of codesOf(outcomes)) refused.set(code, (refused.get(code) ?? 0) + 1);
      expect(codesOf(outcomes.slice(0, 2))).toEqual([]);
      const open = await rowsOf("SELECT id FROM tickets WHERE customer_id = $1 AND status <> 'closed'", [customerId]);
      expect(open).toEqual([]);
      expect(await rowsOf("SELECT open_tickets AS n FROM customers WHERE id = $1", [customerId])).toEqual([{ n: 0 }]);
    }
  });
  const expected = ["already_closed", "customer_not_found", "message_not_found", "not_closed", "conversation_busy"];
  expect([...refused.keys()].filter((code) => !expected.includes(code))).toEqual([]);
  expect(await findInTables(database.db, [...words, "subject-"])).toEqual([]);
  expect(await brokenStreams(database.db)).toEqual([]);
  expect(await auditOwners(database.db)).toEqual(noFaults);
  const acts = await rowsOf<{ n: number }>(
    "SELECT count(*)::int AS n FROM audit_log WHERE action = 'customer.erase' GROUP BY subject_id",
  );
  expect(new Set(acts.map(({ n }) => n))).toEqual(new Set([1]));
});
