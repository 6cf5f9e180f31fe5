import type { Outgoing } from "../src/contract/outgoing.js";
import type { Executor } from "../src/db/database.js";
import type { ClaimedDelivery } from "../src/db/queries/claim-deliveries.js";
import { readOutgoingEvents, readOutgoingReplies } from "../src/db/queries/read-outgoing.js";

/** What the deliveries carry, as it is now, each at its delivery's place; null: it is not there any more. */
export async function readItems(db: Executor, claimed: readonly ClaimedDelivery[]): Promise<(Outgoing | null)[]> {
  const [events, replies] = await Promise.all([
    readOutgoingEvents(
      db,
      claimed.flatMap((delivery) => delivery.eventSeq ?? []),
    ),
    readOutgoingReplies(
      db,
      claimed.flatMap((delivery) => delivery.messageId ?? []),
    ),
  ]);
  return claimed.map((delivery) => {
    const { id: deliveryId, stableId, attempt, outOfOrder, eventSeq, messageId } = delivery;
    const given = { deliveryId, stableId, attempt, outOfOrder };
    if (eventSeq === null && messageId === null) return { ...given, what: { kind: "test", at: delivery.createdAt } };
    const what = eventSeq === null ? replies.get(messageId ?? 0) : events.get(eventSeq);
    return what ? { ...given, what } : null;
  });
}
