import { jsonOf, type ProbeAnswer } from "../probe.js";
import type { IsolationCall } from "./make-request.js";
import type { Marks } from "./marks.js";
import { doorOf, mayRead, refusedWith, type Visibility } from "./rules.js";

/** What the oracle knows of the desk that is judged. */
export interface Oracle {
  marks: Marks;
  visibility: Visibility;
  /** A call without a token acts as the demo admin there. */
  openDemo: boolean;
  /** The customers whose it is, read by plain SQL; []: it is there, and no customer's; null: it is not there. */
  ownersOf(noun: OwnedNoun, id: number): Promise<readonly number[] | null>;
  /** By customer, those with whom it shares a thread: it is shown who they are. */
  peers: ReadonlyMap<number, readonly number[]>;
}

const honest503 = new Set(["unavailable", "overloaded"]);
const token = /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./;
/** Answered in words of their own, for people or for probes. */
const ownShape = new Set(["GET /admin/queues/", "GET /readyz"]);

/** What is wrong with an answer, one sentence each; [] when nothing foreign is in it and it is as the contract has it. */
export async function judgeAnswer(call: IsolationCall, answer: ProbeAnswer, oracle: Oracle): Promise<string[]> {
  const json = jsonOf(answer.text);
  const faults = [...shapeFaults(call, answer, json), ...doorFaults(call, answer, oracle)];
  const asked = `${decodeURIComponent(call.path.replaceAll("%", "%25"))} ${call.body ?? ""}`.toLowerCase();
  for (const { word, owned } of oracle.marks.find(answer.text)) {
    if (asked.includes(word) || mayBeShown(call, owned, oracle)) continue;
    faults.push(`shows ${call.actor.name} a text of ${owned.label} ${owned.ownerId}: ${around(answer.text, word)}`);
  }
  if (token.test(answer.text) && !call.path.startsWith("/api/auth/")) faults.push("holds a token");
  if (call.actor.party === "customer") faults.push(...(await idFaults(call, json, oracle)));
  return faults;
}

function mayBeShown(
  call: IsolationCall,
  owned: Parameters<typeof mayRead>[1],
  { visibility, openDemo }: Oracle,
): boolean {
  const { actor, route, customerId } = call;
  const reader = actor.party === "none" && openDemo ? { ...actor, party: "admin" as const } : actor;
  // Whoever shows a key writes for a customer and is answered with what it wrote, and with whom it wrote for.
  if (actor.party === "key" && route.name === "POST /api/messages/") {
    return owned.label === "customer" && owned.ownerId === customerId;
  }
  return mayRead(reader, owned, visibility);
}

function shapeFaults({ route }: IsolationCall, answer: ProbeAnswer, json: unknown): string[] {
  const { status, headers } = answer;
  const problem = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  const faults: string[] = [];
  const isHonest = status === 503 && honest503.has(String(problem.status));
  if (status >= 500 && !isHonest && route.name !== "GET /readyz") faults.push(`answers ${status}`);
  if (!headers["x-request-id"]) faults.push("has no X-Request-Id");
  const inShape = typeof problem.status === "string" && typeof problem.detail === "string";
  if (status >= 400 && !inShape && !ownShape.has(route.name))
    faults.push(`refuses with ${status} in no shape of the contract`);
  return faults;
}

function doorFaults({ actor, route }: IsolationCall, { status }: ProbeAnswer, { openDemo }: Oracle): string[] {
  const door = doorOf(route.name);
  if (door === null) return ["is a route that the table of rights does not know"];
  if (door === "open" || (actor.party === "none" && openDemo)) return [];
  if (door.includes(actor.party)) return status === 401 ? [`tells ${actor.name}, who may call, 401`] : [];
  const expected = refusedWith(actor.party);
  return status === expected ? [] : [`tells ${actor.name}, who may not call, ${status} in place of ${expected}`];
}

/** Every id in a customer's answer that is about a ticket, a conversation or a customer must be of its own. */
async function idFaults({ actor }: IsolationCall, json: unknown, oracle: Oracle): Promise<string[]> {
  const faults: string[] = [];
  for (const { noun, id } of idsIn(json)) {
    const owners = await foreignTo(actor.id ?? 0, noun, id, oracle);
    if (owners !== null) faults.push(`shows ${actor.name} ${noun} ${id}, which is customer ${owners}'s`);
  }
  return faults;
}

/** Whose that is, where it is none of that customer's business; null: it may be shown. */
export async function foreignTo(customerId: number, noun: Noun, id: number, oracle: Oracle): Promise<string | null> {
  const mayKnow = [customerId, ...(oracle.peers.get(customerId) ?? [])];
  if (noun === "customer") return mayKnow.includes(id) ? null : String(id);
  const owners = await oracle.ownersOf(noun, id);
  return owners === null || owners.includes(customerId) ? null : owners.join(" and ") || "nobody";
}

/** What belongs to a customer, by the table that says to whom. `message` is something said, not a ticket. */
export type OwnedNoun = "ticket" | "conversation" | "message" | "attachment";
type Noun = OwnedNoun | "customer";

/** The ids in an answer and what they are of, by the shapes of CONTRACT.md 1, 3 and 4. */
export function idsIn(json: unknown): { noun: Noun; id: number }[] {
  if (Array.isArray(json)) return json.flatMap(idsIn);
  if (typeof json !== "object" || json === null) return [];
  const object = json as Record<string, unknown>;
  const found = Object.values(object).flatMap(idsIn);
  const add = (noun: Noun, id: unknown) => {
    if (typeof id === "number") found.push({ noun, id });
  };
  add("conversation", object.conversation_id);
  // Said over HTTP or acknowledged on a socket, `message_id` is what was said; everywhere else it is the ticket.
  const isSaid = object.type === "ack" || ("conversation_id" in object && !("status" in object));
  add(isSaid ? "message" : "ticket", object.message_id);
  add("conversation", object.thread_id);
  add("ticket", object.ticket_id);
  // A Conversation, an attachment, what is unread by thread, who takes part and who said it.
  if ("participants" in object && "kind" in object) add("conversation", object.id);
  if ("url" in object && "size" in object) add("attachment", object.id);
  const { threads, sender } = object;
  if (typeof object.unread_count === "number" && typeof threads === "object" && threads !== null)
    for (const id of Object.keys(threads)) add("conversation", Number(id));
  if ("joined_at" in object && object.role === "customer") add("customer", object.user_id);
  if (isCustomer(sender)) add("customer", sender.id);
  // A Message, a ChatMessage, a Customer.
  if ("urgency" in object && "status" in object) add("ticket", object.id);
  if ("seq" in object && "text" in object) add("message", object.id);
  if ("total_tickets" in object) add("customer", object.id);
  return found;
}

function isCustomer(sender: unknown): sender is { id: unknown } {
  return typeof sender === "object" && sender !== null && "role" in sender && sender.role === "customer";
}

function around(text: string, word: string): string {
  const at = text.toLowerCase().indexOf(word);
  return JSON.stringify(text.slice(Math.max(0, at - 60), at + word.length + 20));
}

/** What two answers differ in that must be alike; null: nothing. What changes with every answer is left out. */
export function differenceOf(one: ProbeAnswer, other: ProbeAnswer): string | null {
  if (one.status !== other.status) return `${one.status} for a foreign id, ${other.status} for an unknown one`;
  if (one.text !== other.text)
    return `${one.text.slice(0, 120)} for a foreign id, ${other.text.slice(0, 120)} for an unknown one`;
  const names = (answer: ProbeAnswer) =>
    Object.keys(answer.headers)
      .filter((name) => !/^(date|x-request-id|ratelimit|retry-after)/.test(name))
      .sort()
      .join(", ");
  return names(one) === names(other)
    ? null
    : `headers ${names(one)} for a foreign id, ${names(other)} for an unknown one`;
}
