import type { Actor, IsolationStage } from "./stage.js";

/** Paths about one conversation, by whichever of its names, and about one thing said in it. */
const conversationPaths = /^\/api\/chat\/(conversations|threads)\/\{id\}/;
const messagePaths = /^\/api\/chat\/messages\/\{id\}/;

/** Whether the route is about conversations, threads and what is said in them. */
export function isChat(path: string): boolean {
  return /^\/api\/(user|bot)-response\/$/.test(path) || /^\/api\/chat\/(conversations|threads|messages)\//.test(path);
}

/** The customer whose the conversation or the message of that path is; null: it is none that the run knows. */
export function chatOwner({ conversations, threads, said }: IsolationStage, path: string, id: number): number | null {
  if (messagePaths.test(path)) return said.get(id) ?? null;
  return conversations.get(id) ?? threads.get(id) ?? null;
}

/** Ids for a path about a conversation or a message; null: the path is about neither. */
export function chatIds(
  stage: IsolationStage,
  actor: Actor,
  { name, path }: { name: string; path: string },
  kind: "own" | "foreign",
): readonly number[] | null {
  const isMessage = messagePaths.test(path);
  if (!isMessage && !conversationPaths.test(path)) return null;
  const all = isMessage ? [...stage.said] : [...stage.conversations, ...stage.threads];
  const isOwn = (owner: number) => actor.party !== "customer" || owner === actor.id;
  const ids = all.filter(([, owner]) => isOwn(owner) === (kind === "own")).map(([id]) => id);
  // Admins may change what is apart, and in the open demo whoever shows no token is one: they only look at it.
  const mayChange = actor.party === "admin" || actor.party === "none";
  if (kind === "own" || (mayChange && !name.startsWith("GET"))) return ids;
  return [...ids, apartOf(stage, path)];
}

/** Whether that conversation or message is none of the actor's business: as good as none. */
export function isChatHidden(stage: IsolationStage, actor: Actor, path: string, id: number): boolean {
  if (!messagePaths.test(path) && !conversationPaths.test(path)) return false;
  if (actor.party === "customer") return chatOwner(stage, path, id) !== actor.id;
  return actor.party === "agent" && id === apartOf(stage, path);
}

function apartOf({ apart }: IsolationStage, path: string): number {
  return messagePaths.test(path) ? apart.messageId : apart.threadId;
}

/**
 * A field of a body about conversations; undefined: it is none of these. A thread never has two customers, and only
 * agents are added to one: whoever of the customers may read a text stays who it was. `customer` is who takes part, `about`
 * the conversation that a body names.
 */
export function chatField(
  stage: IsolationStage,
  actor: Actor,
  { path, field, customer, about }: { path: string; field: string; customer: number; about: number },
  one: <T>(items: readonly T[]) => T,
): unknown {
  const { agentIds, apart } = stage;
  switch (field) {
    case "participant_ids":
      return one([[customer, one(agentIds)], [one(agentIds)], [customer, ...agentIds]]);
    case "client_id":
      return path === "/api/chat/threads/" ? customer : undefined;
    case "freelancer_id":
    case "user_id":
      return one(agentIds);
    case "conversation_id":
      return about;
    case "message_ids":
      return [one([...stage.said.keys(), apart.messageId])];
    case "message_type":
    case "type":
      return one(["text", "text", actor.party === "customer" ? "note" : "system"]);
    default:
      return undefined;
  }
}
