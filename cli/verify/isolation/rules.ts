/**
 * Who may call what, and who may read what: written from CONTRACT.md, not from the code that is judged. A route of the
 * document that is not in the table is a finding by itself.
 */

/** As whom a request is sent. `key` shows an X-Api-Key; `none`, `expired`, `elsewhere` and `forged` show no right at all. */
export const parties = ["admin", "agent", "customer", "key", "none", "expired", "elsewhere", "forged"] as const;
export type Party = (typeof parties)[number];

type Door = readonly Party[] | "open";

const staff: Door = ["agent", "admin"];
const admins: Door = ["admin"];
const everybody: Door = ["admin", "agent", "customer"];

/** The doors of CONTRACT.md 0 to 4: method and path, and who may pass. */
const doors: Readonly<Record<string, Door>> = {
  "POST /api/messages/": ["customer", "admin", "key"],
  "GET /api/messages/": staff,
  "GET /api/messages/{id}/": everybody,
  "POST /api/messages/{id}/claim/": staff,
  "POST /api/messages/{id}/reply/": staff,
  "POST /api/messages/{id}/canned/": staff,
  "POST /api/messages/{id}/release/": staff,
  "POST /api/messages/{id}/transfer/": staff,
  "POST /api/messages/{id}/snooze/": staff,
  "POST /api/messages/{id}/reopen/": staff,
  "POST /api/messages/{id}/notes/": staff,
  "GET /api/messages/{id}/suggestions/": staff,
  "PATCH /api/messages/{id}/urgency/": staff,
  "POST /api/messages/{id}/presence/": staff,
  "GET /api/canned/": staff,
  "POST /api/canned/": staff,
  "GET /api/canned/{id}/": staff,
  "PUT /api/canned/{id}/": staff,
  "PATCH /api/canned/{id}/": staff,
  "DELETE /api/canned/{id}/": staff,
  "GET /api/agents/": staff,
  "POST /api/agents/": admins,
  "GET /api/agents/{id}/": staff,
  "PUT /api/agents/{id}/": admins,
  "PATCH /api/agents/{id}/": admins,
  "DELETE /api/agents/{id}/": admins,
  "PUT /api/agents/me/availability/": staff,
  "GET /api/customers/": staff,
  "GET /api/customers/{id}/": staff,
  "PATCH /api/customers/{id}/": staff,
  "DELETE /api/customers/{id}/": admins,
  "DELETE /api/customers/{id}/bounce/": staff,
  "GET /api/queues/": staff,
  "POST /api/queues/": admins,
  "PATCH /api/queues/{name}/": admins,
  "GET /api/stats/queues/": staff,
  "GET /api/stats/agents/": staff,
  "GET /api/stats/stages/": staff,
  "GET /api/users/": admins,
  "POST /api/users/": admins,
  "GET /api/users/{id}/": admins,
  "PATCH /api/users/{id}/": admins,
  "DELETE /api/users/{id}/": admins,
  "GET /api/api-keys/": admins,
  "POST /api/api-keys/": admins,
  "GET /api/api-keys/{id}/": admins,
  "PATCH /api/api-keys/{id}/": admins,
  "DELETE /api/api-keys/{id}/": admins,
  "GET /api/webhooks/": admins,
  "POST /api/webhooks/": admins,
  "GET /api/webhooks/{id}/": admins,
  "PATCH /api/webhooks/{id}/": admins,
  "DELETE /api/webhooks/{id}/": admins,
  "POST /api/webhooks/{id}/test/": admins,
  "POST /api/webhooks/{id}/rotate-secret/": admins,
  "POST /api/webhooks/{id}/replay/": admins,
  "GET /api/deliveries/": admins,
  "GET /api/deliveries/{id}/": admins,
  "POST /api/deliveries/{id}/retry/": admins,
  "GET /api/audit/": admins,
  "GET /api/agent/tickets/assign/": staff,
  "POST /api/agent/tickets/assign/": staff,
  "POST /api/agent/tickets/sell/{id}/": staff,
  "GET /api/admin/tickets/": admins,
  "POST /api/admin/tickets/": admins,
  "GET /api/admin/tickets/{id}/": admins,
  "PUT /api/admin/tickets/{id}/": admins,
  "PATCH /api/admin/tickets/{id}/": admins,
  "DELETE /api/admin/tickets/{id}/": admins,
  "GET /admin/queues/": admins,
  "GET /metrics": admins,
  "POST /api/chat/typing/": everybody,
  "POST /api/user-response/": everybody,
  "GET /api/chat/conversations/": everybody,
  "GET /api/chat/conversations/{id}/": everybody,
  "PATCH /api/chat/conversations/{id}/": everybody,
  "POST /api/chat/conversations/{id}/participants/": everybody,
  "DELETE /api/chat/conversations/{id}/participants/{user_id}/": everybody,
  "GET /api/chat/threads/": everybody,
  "POST /api/chat/threads/": everybody,
  "GET /api/chat/threads/by-participants/": everybody,
  "GET /api/chat/threads/{id}/": everybody,
  "PUT /api/chat/threads/{id}/": everybody,
  "DELETE /api/chat/threads/{id}/": everybody,
  "GET /api/chat/threads/{id}/messages/": everybody,
  "POST /api/chat/threads/{id}/messages/": everybody,
  "POST /api/chat/threads/{id}/mark-read/": everybody,
  "POST /api/chat/threads/{id}/create-dispute/": everybody,
  "GET /api/chat/threads/{id}/disputes/": everybody,
  "PATCH /api/chat/disputes/{id}/": everybody,
  "GET /api/chat/threads/{id}/payments/": everybody,
  "PATCH /api/chat/payments/{id}/": everybody,
  "POST /api/chat/threads/{id}/initiate-payment/": everybody,
  "POST /api/chat/threads/{id}/job-update/": everybody,
  "GET /api/chat/unread-count/": everybody,
  "GET /api/chat/messages/{id}/": everybody,
  "PUT /api/chat/messages/{id}/": everybody,
  "DELETE /api/chat/messages/{id}/": everybody,
  "GET /api/events/": everybody,
  "POST /api/uploads/": everybody,
  "GET /api/uploads/{id}/": everybody,
  "GET /api/uploads/{id}/picture/": "open",
  "POST /api/bot-response/": everybody,
  "GET /api/bot-prompts/": everybody,
  "GET /api/bot-prompts/{id}/": admins,
  "POST /api/bot-prompts/": admins,
  "PUT /api/bot-prompts/{id}/": admins,
  "PATCH /api/bot-prompts/{id}/": admins,
  "DELETE /api/bot-prompts/{id}/": admins,
  "POST /api/auth/logout/": everybody,
  "POST /api/auth/login/": "open",
  "POST /api/auth/refresh/": "open",
  "POST /api/auth/register/": "open",
  "POST /api/auth/guest/": "open",
  "GET /api/auth/demo/": "open",
  "POST /api/auth/demo/": "open",
  "GET /": "open",
  "GET /chat": "open",
  "GET /widget.js": "open",
  "GET /assets/{file}": "open",
  "GET /healthz": "open",
  "GET /readyz": "open",
  "GET /openapi.json": "open",
  "GET /docs": "open",
  "GET /docs/{file}": "open",
};

/** Who may pass a route's door; null: the table does not know the route. */
export function doorOf(route: string): Door | null {
  return Object.hasOwn(doors, route) ? (doors[route] ?? null) : null;
}

/** Whether a party without any right may be a caller at all: never, unless the desk is the open demo. */
export function isNobody(party: Party): boolean {
  return party === "none" || party === "expired" || party === "elsewhere" || party === "forged";
}

/** What a party that may not pass is told: 401 without a right, 403 with another one; a key elsewhere is no token. */
export function refusedWith(party: Party): number {
  return isNobody(party) || party === "key" ? 401 : 403;
}

/**
 * Whose a marked text is. `public`: for whoever may pass the door, as prompts are. `customer`: said by or about a customer,
 * for it and for staff. `note`: staff alone. `staff`: staff's own things. `sealed`: a ticket in one queue, held by one
 * agent, which the desk's AGENT_VISIBILITY hides from others. `apart`: said in a thread of which nobody that plays takes
 * part: admins alone may look. `secret`: nobody's to read.
 */
export type Label = "public" | "customer" | "note" | "staff" | "sealed" | "apart" | "secret";

/** AGENT_VISIBILITY. */
export type Visibility = "all" | "queues" | "own";

/** Who reads. */
export interface Reader {
  party: Party;
  id: number | null;
  queues: readonly string[];
}

/** Whose text it is: the customer's or the agent's id, and for `sealed` its queue. */
export interface Owned {
  label: Label;
  ownerId: number;
  /** Customers who may read it besides. */
  alsoFor?: readonly number[];
  queue?: string;
}

/** Whether the reader may ever be shown that text. */
export function mayRead(reader: Reader, text: Owned, visibility: Visibility): boolean {
  if (text.label === "secret") return false;
  if (reader.party === "admin" || text.label === "public") return true;
  if (reader.party === "customer") {
    const readers = [text.ownerId, ...(text.alsoFor ?? [])];
    return text.label === "customer" && reader.id !== null && readers.includes(reader.id);
  }
  if (reader.party !== "agent" || text.label === "apart") return false;
  if (text.label !== "sealed" || visibility === "all") return true;
  if (text.ownerId === reader.id) return true;
  return visibility === "queues" && (reader.queues.length === 0 || reader.queues.includes(text.queue ?? ""));
}
