import { type Kysely, sql } from "kysely";

/**
 * What assignment needs beside the house: who is alive, who waits for whom, floors, and the queues' history.
 * Locks: agents and agent_liveness for an instant (a column with a constant default rewrites nothing); tickets against
 * writes while the two indexes are built.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [people, tickets, history]) await sql.raw(statement).execute(db);
}

// `availability_by` tells a choice (call) from what follows a socket, and from what the desk found (a sign of life that
// stopped). An agent that is deleted keeps its row: its closed tickets and its messages name it.
const people = `
ALTER TABLE agents
  ADD COLUMN availability_by text NOT NULL DEFAULT 'system' CHECK (availability_by IN ('system', 'socket', 'call')),
  ADD COLUMN deleted_at timestamptz;
ALTER TABLE agent_liveness
  ADD COLUMN socket_seen_at timestamptz,
  ADD COLUMN last_assigned_at timestamptz;
CREATE INDEX agents_online ON agents (id) WHERE availability = 'online';
`;

// What an agent is offered before queue order: its own reopened tickets, and those of customers that it serves.
const tickets = `
ALTER TABLE tickets
  ADD COLUMN level_floor text CHECK (level_floor IN ('low', 'normal', 'high', 'critical'));
CREATE INDEX tickets_waiting_preferred ON tickets (preferred_agent_id, due_at, id)
  WHERE status = 'unassigned' AND preferred_agent_id IS NOT NULL;
-- What an agent holds, by a condition that no other index answers: \`status = 'in_progress'\` was looked up by status, and
-- every agent's tickets read, as long as the statistics knew of none. Owned and not closed is in progress.
DROP INDEX tickets_held;
CREATE INDEX tickets_held ON tickets (assignee_id, id) WHERE assignee_id IS NOT NULL AND closed_at IS NULL;
CREATE INDEX tickets_sold ON tickets (id) WHERE sold_at IS NOT NULL;
CREATE INDEX tickets_waiting_by_customer ON tickets (customer_id, due_at, id) WHERE status = 'unassigned';
`;

// One row a minute, queue and level, written by \`maintain\`. The rates count rows above the marks of the minute before.
const history = `
CREATE TABLE queue_minutes (
  minute   timestamptz NOT NULL,
  queue    text NOT NULL,
  level    text NOT NULL,
  depth    integer NOT NULL DEFAULT 0,
  oldest_s integer NOT NULL DEFAULT 0,
  received integer NOT NULL DEFAULT 0,
  assigned integer NOT NULL DEFAULT 0,
  closed   integer NOT NULL DEFAULT 0,
  PRIMARY KEY (minute, queue, level)
);
CREATE TABLE queue_minute_marks (
  one           boolean PRIMARY KEY DEFAULT true CHECK (one),
  minute        timestamptz,
  ticket_id     bigint NOT NULL DEFAULT 0,
  assignment_id bigint NOT NULL DEFAULT 0
);
INSERT INTO queue_minute_marks DEFAULT VALUES;
`;
