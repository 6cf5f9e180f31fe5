import { roomFrame } from "../contract/chat-frames.js";
import { conversationStream } from "../contract/events.js";
import type { Database, Tx } from "../db/database.js";
import {
  deleteOccupant,
  findLostOccupants,
  lockOccupant,
  type Occupant,
  readOccupant,
  writeOccupant,
} from "../db/queries/room-presence.js";
import { inTransaction } from "../db/transaction.js";

/** What presence needs: a relay's own id, and how frames are shown; `publish` rejects while the bus is away. */
export interface PresenceContext {
  db: Database;
  relayId: string;
  publish: (frame: { stream: string; frame: Record<string, unknown> }) => Promise<void>;
}

/** Users of one look for those whose relay died. */
const lostMax = 200;

/**
 * A user's first socket in a conversation's room is open at this relay. Who is nowhere else in it, at no relay, is shown to
 * the others as `user_joined`. Comings and goings of one user are told under its lock, so that the last word is true.
 */
export async function enterRoom(ctx: PresenceContext, occupant: Occupant): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    await lockOccupant(tx, occupant);
    if (await writeOccupant(tx, ctx.relayId, occupant)) await show(ctx, tx, "user_joined", occupant);
  });
}

/** A user's last socket in the room has closed at this relay: `user_left`, if it is nowhere else in it. */
export async function leaveRoom(ctx: PresenceContext, occupant: Occupant): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    await lockOccupant(tx, occupant);
    if (await deleteOccupant(tx, ctx.relayId, occupant)) await show(ctx, tx, "user_left", occupant);
  });
}

/** Says `user_left` of those who were at a relay that died, and nowhere else. Every relay may look; one of them says it. */
export async function clearLostRooms(ctx: PresenceContext): Promise<number> {
  let cleared = 0;
  for (;;) {
    const lost = await findLostOccupants(ctx.db.kysely, lostMax);
    for (const occupant of lost) {
      await inTransaction(ctx.db, async (tx) => {
        await lockOccupant(tx, occupant);
        if (!(await deleteOccupant(tx, null, occupant))) return;
        await show(ctx, tx, "user_left", occupant);
        cleared++;
      });
    }
    if (lost.length < lostMax) return cleared;
  }
}

async function show(
  ctx: PresenceContext,
  tx: Tx,
  type: "user_joined" | "user_left",
  occupant: Occupant,
): Promise<void> {
  const user = await readOccupant(tx, occupant.userId);
  if (!user) return;
  const stream = conversationStream(occupant.conversationId);
  await ctx.publish({ stream, frame: roomFrame(type, user) }).catch(() => undefined);
}
