import type { Actor, IsolationStage } from "./stage.js";
import { unknownFrom } from "./ticket-paths.js";

/** Paths about one conversation, by whichever of its names, and about one thing said in it. */
const conversationPaths = /^\/api\/chat\/(conversations|threads)\/\{id\}/;
const messagePaths = /^\/api\/chat\/messages\/\{id\}/;
/** And about one of their disputes or payments. */
const matterPaths = /^\/api\/chat\/(disputes|payments)\/\{id\}/;

/** Whether the route is about conversations, threads and what is said in them. */
export function isChat(path: string): boolean {
  return (
    path === "/api/user-response/" || /^\/api\/chat\/(conversations|threads|messages|disputes|payments)\//.test(path)
  );
}

/** The customers whose the conversation of that path is, or what was said or begun in it; null: none that the run knows. */
export function chatOwners(stage: IsolationStage, path: string, id: number): readonly number[] | null {
  return owned(stage, path)?.get(id) ?? null;
}

/** What a path is about, by id, with whose it is; null: it is not about conversations. */
function owned(
  { conversations, threads, said, matters }: IsolationStage,
  path: string,
): ReadonlyMap<number, readonly number[]> | null {
  if (messagePaths.test(path)) return said;
  const matter = matterPaths.exec(path)?.[1];
  if (matter === "disputes" || matter === "payments") return matters[matter];
  if (!conversationPaths.test(path)) return null;
  return new Map([...[...conversations].map(([id, owner]) => [id, [owner]] as const), ...threads]);
}

/** Ids for a path about a conversation or what is in it; null: the path is about neither. */
export function chatIds(
  stage: IsolationStage,
  actor: Actor,
  { name, path }: { name: string; path: string },
  kind: "own" | "foreign",
): readonly number[] | null {
  const all = owned(stage, path);
  if (all === null) return null;
  const isOwn = (owners: readonly number[]) => actor.party !== "customer" || owners.includes(actor.id ?? 0);
  const ids = [...all].filter(([, owners]) => isOwn(owners) === (kind === "own")).map(([id]) => id);
  // Admins may change what is apart, and so may nobody in the open demo: they only look at it.
  const mayChange = actor.party === "admin" || actor.party === "none";
  if (kind === "own" || (mayChange && !name.startsWith("GET"))) return ids;
  return [...ids, apartOf(stage, path)];
}

/** Whether that conversation, or what is in it, is none of the actor's business: as good as none. */
export function isChatHidden(stage: IsolationStage, actor: Actor, path: string, id: number): boolean {
  const all = owned(stage, path);
  if (all === null) return false;
  if (actor.party === "customer") return all.get(id)?.includes(actor.id ?? 0) !== true;
  return actor.party === "agent" && id === apartOf(stage, path);
}

function apartOf({ apart }: IsolationStage, path: string): number {
  if (messagePaths.test(path)) return apart.messageId;
  const matter = matterPaths.exec(path)?.[1];
  if (matter === undefined) return apart.threadId;
  return matter === "disputes" ? apart.disputeId : apart.paymentId;
}

/**
 * A field of a body about conversations; undefined: it is none of these. A thread that is opened has one customer, and
 * only agents are added to one: whoever of the customers may read a text stays who it was.
 */
export function chatField(
  stage: IsolationStage,
  actor: Actor,
  { path, field }: { path: string; field: string },
  one: <T>(items: readonly T[]) => T,
): unknown {
  const { customers, agentIds, conversations, threads, uploads, apart } = stage;
  const customer = actor.party === "customer" ? (actor.id ?? 0) : one(customers).id;
  switch (field) {
    case "participant_ids":
      return one([[customer, one(agentIds)], [one(agentIds)], [customer, ...agentIds]]);
    case "client_id":
      return path === "/api/chat/threads/" ? customer : undefined;
    case "freelancer_id":
    case "user_id":
      return one(agentIds);
    case "conversation_id":
      return one([...conversations.keys(), ...threads.keys(), apart.threadId]);
    case "attachment_id":
      return one([...uploads.keys(), ...apart.uploadIds, unknownFrom]);
    case "message_ids":
      return [one([...stage.said.keys(), apart.messageId])];
    case "message_type":
    case "type":
      return one(["text", "text", actor.party === "customer" ? "note" : "system"]);
    default:
      return undefined;
  }
}
