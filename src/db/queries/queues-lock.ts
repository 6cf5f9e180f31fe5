import { sql } from "kysely";
import type { Tx } from "../database.js";

/** Any number that no other advisory lock of this database has; the sequencer's is another. */
const queuesKey = 7_320_451;

/** A queue as routing and changes of queues see it. */
export interface QueueTopics {
  name: string;
  topics: string[];
}

/**
 * The queues, held as they are until the transaction ends; first in the lock order of those who route. A statement of
 * its own: its snapshot is taken before it waits. An advisory lock, because it is fair: row locks that are shared all the
 * time, as that of `general` by every intake, are never had exclusively.
 */
export async function holdQueues(tx: Tx): Promise<QueueTopics[]> {
  await sql`SELECT pg_advisory_xact_lock_shared(${queuesKey})`.execute(tx);
  return readQueueTopics(tx);
}

/** The queues, to be changed: alone, so that no topic gets two of them, and nothing is routed by what they were. */
export async function holdQueuesAlone(tx: Tx): Promise<QueueTopics[]> {
  await sql`SELECT pg_advisory_xact_lock(${queuesKey})`.execute(tx);
  return readQueueTopics(tx);
}

function readQueueTopics(tx: Tx): Promise<QueueTopics[]> {
  return tx.selectFrom("queues").select(["name", "topics"]).orderBy("name").execute();
}
