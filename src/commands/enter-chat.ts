import type { Database } from "../db/database.js";
import { type ChatPlace, readChatPlaces } from "../db/queries/chat-places.js";
import { readQueuesOf } from "../db/queries/in-sight.js";
import { Refusal } from "../domain/errors.js";
import type { Actor } from "../domain/policy.js";
import { conversationAccess, type Sight, seesAll, sightOf, type VisibilityMode } from "../domain/visibility.js";

/** Somebody in a conversation's room, or at its door. */
export interface ChatVisitor {
  actor: Actor;
  conversationId: number;
}

/** The room that a conversation is to somebody who may be in it. */
export interface ChatRoom {
  kind: ChatPlace["kind"];
  /** Takes part, and is not only allowed to look. */
  isParticipant: boolean;
}

/**
 * Opens a conversation's room to somebody: a participant, an admin, or an agent in whose sight (AGENT_VISIBILITY) a ticket
 * of it is. Throws `conversation_not_found` for a stranger's conversation and for none alike, `forbidden` for who is no
 * party of any.
 */
export async function enterChat(db: Database, mode: VisibilityMode, visitor: ChatVisitor): Promise<ChatRoom> {
  const { actor, conversationId } = visitor;
  const [place, sight] = await Promise.all([
    readChatPlaces(db.kysely, [conversationId], idsOf([visitor])).then((places) => places.get(conversationId)),
    readSight(db, mode, actor),
  ]);
  const access = conversationAccess(actor, sight, place ?? null);
  if (access === "forbidden") throw new Refusal("forbidden", "No conversation is for this caller.");
  if (access === "not_found" || !place)
    throw new Refusal("conversation_not_found", "There is no such conversation of yours.");
  return { kind: place.kind, isParticipant: actor.id !== null && place.participantIds.includes(actor.id) };
}

/** What somebody sees of the tickets, as it is now. */
export async function readSight(db: Database, mode: VisibilityMode, actor: Actor): Promise<Sight> {
  return (await sightsOf(db, mode, [actor]))(actor);
}

/** Those who may not stay in the rooms that they are in: two or three statements for all of them. */
export async function findOutsiders<T extends ChatVisitor>(
  db: Database,
  mode: VisibilityMode,
  visitors: readonly T[],
): Promise<T[]> {
  if (visitors.length === 0) return [];
  const conversationIds = [...new Set(visitors.map(({ conversationId }) => conversationId))];
  const [places, sights] = await Promise.all([
    readChatPlaces(db.kysely, conversationIds, idsOf(visitors)),
    sightsOf(
      db,
      mode,
      visitors.map(({ actor }) => actor),
    ),
  ]);
  return visitors.filter(
    ({ actor, conversationId }) =>
      conversationAccess(actor, sights(actor), places.get(conversationId) ?? null) !== "open",
  );
}

function idsOf(visitors: readonly ChatVisitor[]): number[] {
  return [...new Set(visitors.flatMap(({ actor }) => (actor.id === null ? [] : [actor.id])))];
}

async function sightsOf(db: Database, mode: VisibilityMode, actors: readonly Actor[]): Promise<(of: Actor) => Sight> {
  if (mode === "all") return () => seesAll;
  const agents = actors.flatMap(({ id, role }) => (role === "agent" && id !== null ? [id] : []));
  const lists = mode === "queues" && agents.length > 0 ? await readQueuesOf(db.kysely, [...new Set(agents)]) : null;
  return (actor) => sightOf(actor, mode, lists?.get(actor.id ?? 0));
}
