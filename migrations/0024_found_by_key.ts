import { type Kysely, sql } from "kysely";

/**
 * What refers to a row that is deleted is found by its key. Postgres makes no index for a foreign key: each ticket that was
 * deleted walked all deliveries (45 ms of 107,000, measured; thousands of them for one customer), each message all disputes,
 * payments and news of jobs, and each score that an edited message lost walked all tickets.
 *
 * A ticket's score has no foreign key any more: whoever takes a score away says so in the ticket (src/commands/update-ticket),
 * or takes the ticket as well; an index would have cost an entry at each change of a ticket. Locks: `deliveries`, `disputes`,
 * `payments` and `job_updates` for writers while their indexes are built; `tickets` and `urgency_scores` for an instant.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
    CREATE INDEX deliveries_ticket ON deliveries (ticket_id) WHERE ticket_id IS NOT NULL;
    CREATE INDEX disputes_message ON disputes (message_id) WHERE message_id IS NOT NULL;
    CREATE INDEX payments_message ON payments (message_id) WHERE message_id IS NOT NULL;
    CREATE INDEX job_updates_message ON job_updates (message_id) WHERE message_id IS NOT NULL;
    ALTER TABLE tickets DROP CONSTRAINT tickets_urgency_score_id_fkey;
  `)
    .execute(db);
}
