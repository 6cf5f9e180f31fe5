import { afterAll, beforeAll, expect, it } from "vitest";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import { transact } from "../../../src/commands/context.js";
import { deleteTicket } from "../../../src/commands/delete-ticket.js";
import { fillAgent } from "../../../src/commands/fill-agent.js";
import { giveBackTickets } from "../../../src/commands/give-back-tickets.js";
import { importMessages } from "../../../src/commands/import-messages.js";
import { receiveMessage } from "../../../src/commands/receive-message.js";
import { releaseTicket } from "../../../src/commands/release-ticket.js";
import { reopenTicket } from "../../../src/commands/reopen-ticket.js";
import { replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { routeTickets } from "../../../src/commands/route-tickets.js";
import { sellTicket } from "../../../src/commands/sell-ticket.js";
import { transferTicket } from "../../../src/commands/transfer-ticket.js";
import { updateAgent } from "../../../src/commands/update-agent.js";
import { readQueuesOf } from "../../../src/db/queries/in-sight.js";
import { Refusal } from "../../../src/domain/errors.js";
import type { Actor } from "../../../src/domain/policy.js";
import { AgentSights } from "../../../src/realtime/agent-sights.js";
import { databaseLog } from "../../../src/realtime/event-log.js";
import { admin, type Desk, fills, limits, openDesk } from "../../support/desk.js";
import { testRandom } from "../../support/random.js";
import { silentLogger } from "../../support/silent-logger.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { bitten } from "./event-writer.js";
import { startRelay, type TestRelay, tokenFor } from "./relay-fixture.js";
import { transportDrivers } from "./transport-drivers.js";
import { Watcher } from "./watcher.js";

const topics = ["disbursement", "repayment", "account_access", "nothing that a queue serves"];
const queues = ["general", "loans", "repayments", "accounts"];
const modes = ["queues", "own"] as const;
const rounds = 500;

let database: TestDatabase;
let desk: Desk;
const relays = new Map<(typeof modes)[number], TestRelay>();
const sights: AgentSights[] = [];
const watchers: { mode: (typeof modes)[number]; watcher: Watcher; fixed: readonly string[] | null }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  desk = await openDesk(database.db);
  const readQueues = (ids: readonly number[]) => readQueuesOf(database.db.kysely, ids);
  for (const mode of modes) {
    const kept = new AgentSights({ readQueues, mode, logger: silentLogger, everyMs: 200 });
    await kept.start();
    sights.push(kept);
    const [, openTransport] = transportDrivers[0] ?? [];
    if (!openTransport) throw new Error("a transport is there");
    const given = { sights: kept, log: databaseLog(database.db, true), limits: { skipAfterMs: 20 } };
    relays.set(mode, await startRelay(database.db, openTransport, given));
  }
});
afterAll(async () => {
  for (const { watcher } of watchers) watcher.close();
  for (const { relay } of relays.values()) await relay.stop();
  for (const kept of sights) await kept.stop();
  await desk.close();
  await database.drop();
});

async function watch(mode: (typeof modes)[number], actor: Actor & { id: number }, fixed: readonly string[] | null) {
  const watcher = new Watcher(database.db, actor, mode);
  watchers.push({ mode, watcher, fixed });
  watcher.connect(relays.get(mode)?.url ?? "", await tokenFor(actor.id, "agent"), 0);
}

it("a screen that is kept by frames alone shows what the lists show, and was never told of anything else", async () => {
  const random = testRandom();
  const any = <T>(items: readonly T[]) => items[random.below(items.length)];
  const agents = await Promise.all(Array.from({ length: 4 }, () => desk.agent({ capacity: 200 })));
  const [first, second, third, fourth] = agents as [(typeof agents)[0], ...typeof agents] as typeof agents;
  if (!first || !second || !third || !fourth) throw new Error("four agents");
  const lists = new Map([
    [first.id, ["loans"]],
    [second.id, ["general", "accounts"]],
    [third.id, ["repayments"]],
  ]);
  for (const [agentId, served] of lists) await updateAgent(desk.as(admin), { agentId, queues: served });
  for (const mode of modes) {
    for (const agent of agents) await watch(mode, agent, agent === fourth ? null : (lists.get(agent.id) ?? null));
  }
  const tickets: { id: number; userId: string }[] = [];
  let customers = 0;
  let files = 0;

  /** One of those that came lately: what is done to it has a chance not to be refused. */
  const recent = () => any(tickets.slice(-3));

  /** One of them, and who has it, if anybody has. */
  const recentOwned = async () => {
    const ticketId = recent()?.id ?? 0;
    const { kysely } = database.db;
    const row = await kysely.selectFrom("tickets").select("assignee_id").where("id", "=", ticketId).executeTakeFirst();
    return { ticketId, agentId: row?.assignee_id ?? 0 };
  };

  /** Something that happens to a ticket or an agent; what is refused did not happen. */
  const acts: (() => Promise<unknown>)[] = [
    async () => {
      const userId = `U${++customers}`;
      tickets.push({ id: await desk.message({ userId }), userId });
    },
    async () => {
      const ticket = recent();
      if (!ticket) return;
      const { kysely } = database.db;
      await kysely
        .updateTable("tickets")
        .set({ topic: any(topics) ?? null })
        .where("id", "=", ticket.id)
        .execute();
      await routeTickets({ db: database.db, limits, requestId: null, wake: () => undefined }, [ticket.id]);
    },
    () => fillAgent(fills(database.db), { agentId: any(agents)?.id ?? 0, reason: "pull", max: 2 }),
    () => claimTicket(desk.as(admin), { ticketId: recent()?.id ?? 0, agentId: any(agents)?.id ?? 0 }),
    () => releaseTicket(desk.as(admin), { ticketId: recent()?.id ?? 0 }),
    () => transferTicket(desk.as(admin), { ticketId: recent()?.id ?? 0, toAgentId: any(agents)?.id ?? 0 }),
    async () => replyToTicket(desk.as(admin), { ...(await recentOwned()), text: "So." }),
    async () => sellTicket(desk.as(admin), await recentOwned()),
    () => reopenTicket(desk.as(admin), { ticketId: recent()?.id ?? 0 }),
    () => {
      const ticket = recent();
      return receiveMessage(desk.as(admin), {
        userId: ticket?.userId ?? "",
        body: "And?",
        replyTo: ticket?.id ?? 0,
      });
    },
    () => (random.below(4) === 0 ? deleteTicket(desk.as(admin), { ticketId: recent()?.id ?? 0 }) : Promise.resolve()),
    async () => {
      if (random.below(3) > 0) return;
      const rows = ["my loan is not disbursed", "i want to repay", "hello"].map((body, n) => ({
        userId: `I${files}`,
        sentAt: new Date(Date.UTC(2026, 0, 1, 0, n)),
        body,
      }));
      const batches = (async function* () {
        yield { rows, records: 3, rejected: 0 };
      })();
      await importMessages({ db: database.db, limits, wake: () => undefined }, batches, {
        file: { key: `f${++files}`, name: "f" },
        keepAge: false,
        signal: new AbortController().signal,
        onBatch: () => undefined,
      });
    },
    () => {
      const id = any(agents)?.id ?? 0;
      if (random.below(5) > 0) return Promise.resolve();
      return transact(desk.as(admin), (tx) =>
        giveBackTickets(tx, desk.as(admin), { id }, { only: "all", why: "lease" }),
      );
    },
    () => {
      if (random.below(3) > 0) return Promise.resolve();
      const served = queues.filter(() => random.below(2) === 0);
      return updateAgent(desk.as(admin), { agentId: fourth.id, queues: served });
    },
  ];

  for (let round = 0; round < rounds; round++) {
    try {
      await (round % 10 === 0 ? acts[0] : any(acts.slice(1)))?.();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    if (random.below(3) > 0) continue;
    const events = await bitten(database.db);
    for (const { relay } of relays.values()) {
      // The bus loses some: the next ones show the hole, and the log fills it.
      if (random.below(8) > 0) relay.onEvents(events);
    }
  }
  // One more, that nobody loses, so that the last hole is seen.
  await desk.message();
  const last = await bitten(database.db);
  for (const { relay } of relays.values()) relay.onEvents(last);
  const head = Math.max(...last.filter(({ stream }) => stream === "agents").map(({ pos }) => pos));

  for (const { mode, watcher, fixed } of watchers) {
    const who = `${mode}, agent ${watcher.id} (${fixed ?? "changing"})`;
    await until(async () => (await watcher.pos()) === head, `${who} at ${head}`);
    // Who changed its queues is told within the relay's next look.
    await until(async () => {
      const shown = [...watcher.known].sort(([a], [b]) => a - b);
      return JSON.stringify(shown) === JSON.stringify([...(await watcher.listed())]);
    }, `${who}: the screen as the lists`);
    if (!fixed) continue;
    expect(watcher.resyncs, who).toBe(0);
    for (const frame of watcher.frames) {
      const { type, reason, queue = "general", assigned_to: owner, agent_id: agentId } = frame;
      const isTold = type === "message_deleted" && reason === "out_of_sight";
      const isSeen =
        owner === watcher.id ||
        agentId === watcher.id ||
        (mode === "queues" && (type === "messages_imported" || fixed.includes(String(queue))));
      if (type === "agent_presence") continue;
      expect(isTold || isSeen, `${who}: ${JSON.stringify(frame)}`).toBe(true);
    }
  }
  const sent = watchers.map(({ watcher }) => watcher.frames);
  expect(sent.flat().filter((frame) => frame.reason === "out_of_sight").length).toBeGreaterThan(5);
});
