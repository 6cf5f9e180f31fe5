import { pause } from "../../src/runtime/deadline.js";
import type { Desk } from "../desk.js";
import type { AssignRaceSet } from "./assign-race.js";
import { auditOwners } from "./audit-owners.js";
import type { StageSet } from "./stage-set.js";
import { type SystemPart, systemProcesses } from "./system-processes.js";

/** What is killed, one after the other. */
const killed: readonly SystemPart[] = ["worker", "api", "relay"];
const backWithinMs = 20_000;

/**
 * The tickets and the queue of an assign-race: a queue that only the set's agents list, with tickets that are scored and
 * routed already, written straight into the tables: it is their assignment that is judged, not their intake.
 */
export async function makeAssignSet(
  desk: Desk,
  stage: StageSet,
  options: { tickets: number; url: string },
): Promise<AssignRaceSet & { remove(): Promise<void> }> {
  const { db, config } = desk;
  const queue = `verify-${stage.customer.id}`;
  const agentIds = stage.agents.map((agent) => agent.id);
  const scope = { customerId: stage.customer.id, agentIds, capacity: config.TICKET_CAPACITY };
  await db.pool.query("INSERT INTO queues (name) VALUES ($1)", [queue]);
  await db.pool.query("INSERT INTO agent_queues (agent_id, queue) SELECT unnest($1::bigint[]), $2", [agentIds, queue]);
  const ticketIds: number[] = [];
  const refill = async () => {
    ticketIds.push(...(await insertTickets(desk, stage.customer.id, queue, options.tickets)));
  };
  await refill();
  let kills = 0;
  return {
    agents: stage.agents,
    ticketIds,
    capacity: config.TICKET_CAPACITY,
    refill,
    setCapacity: async (agentId, capacity) => {
      await db.pool.query("UPDATE agents SET capacity = $2, updated_at = now() WHERE id = $1", [agentId, capacity]);
    },
    count: async () => {
      const { rows } = await db.pool.query<{ waiting: number; owned: number; closed: number }>(
        `SELECT count(*) FILTER (WHERE status = 'unassigned')::int AS waiting,
                count(*) FILTER (WHERE status = 'in_progress')::int AS owned,
                count(*) FILTER (WHERE status = 'closed')::int AS closed FROM tickets WHERE customer_id = $1`,
        [stage.customer.id],
      );
      return rows[0] ?? { waiting: 0, owned: 0, closed: 0 };
    },
    heldBy: async (agentId) => {
      const { rows } = await db.pool.query<{ id: number }>(
        "SELECT id FROM tickets WHERE assignee_id = $1 AND status = 'in_progress' ORDER BY due_at, id",
        [agentId],
      );
      return rows.map((row) => row.id);
    },
    audit: () => auditOwners(db, scope),
    kill: async () => {
      const part = killed[kills++ % killed.length] ?? "worker";
      const victims = systemProcesses(config.dataDir, part);
      if (victims.length === 0) return null;
      for (const pid of victims) process.kill(pid, "SIGKILL");
      await untilServing(options.url);
      return part;
    },
    remove: async () => {
      await stage.remove();
      await db.pool.query("DELETE FROM queues WHERE name = $1", [queue]);
    },
  };
}

async function insertTickets(desk: Desk, customerId: number, queue: string, count: number): Promise<number[]> {
  const { rows } = await desk.db.pool.query<{ id: number }>(
    `WITH input AS MATERIALIZED (
       SELECT nextval('conversations_id_seq') AS conversation_id, nextval('messages_id_seq') AS message_id, n
       FROM generate_series(1, $3::int) n
     ), talks AS (
       INSERT INTO conversations (id, created_by, last_seq, last_message_at)
       SELECT conversation_id, $1, 1, now() FROM input
     ), taking_part AS (
       INSERT INTO participants (conversation_id, user_id, role) SELECT conversation_id, $1, 'customer' FROM input
     ), said AS (
       INSERT INTO messages (id, conversation_id, seq, sender_id, text, ticket_version)
       SELECT message_id, conversation_id, 1, $1, 'Verification: ticket ' || n, 1 FROM input
     ), counted AS (
       UPDATE customers SET open_tickets = open_tickets + $3, total_tickets = total_tickets + $3 WHERE id = $1
     )
     INSERT INTO tickets (conversation_id, customer_id, opening_message_id, due_at, first_unanswered_at, queue,
                          urgency, urgency_level, topic, scored_at, routed_at)
     SELECT conversation_id, $1, message_id, now() + make_interval(secs => n), now(), $2, 50, 'normal', 'other', now(), now()
     FROM input RETURNING id`,
    [customerId, queue, count],
  );
  return rows.map((row) => row.id);
}

/** Waits until the API answers again after something was killed; rounds go on either way. */
async function untilServing(url: string): Promise<void> {
  for (const end = Date.now() + backWithinMs; Date.now() < end; await pause(100)) {
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok) return;
  }
}
