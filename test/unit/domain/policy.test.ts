import { expect, test } from "vitest";
import type { Refusal } from "../../../src/domain/errors.js";
import {
  type Actor,
  isOpen,
  mayOn,
  type Permission,
  policy,
  requireOwnAgent,
  requirePermission,
  type Standing,
} from "../../../src/domain/policy.js";

// The matrix of who may do what with which row, written from the contract and not from the table.

const actors = {
  admin: { kind: "user", id: 10, role: "admin", name: "Ada" },
  agent: { kind: "user", id: 1, role: "agent", name: "Agent 1" },
  customer: { kind: "user", id: 20, role: "customer", name: "Cleo" },
  key: { kind: "api_key", id: null, role: "customer", name: "shop", scopes: ["messages:write"] },
  bareKey: { kind: "api_key", id: null, role: "customer", name: "shop", scopes: [] },
  metrics: { kind: "metrics", id: null, role: "admin", name: "metrics" },
  demoAdmin: { kind: "demo", id: 10, role: "admin", name: "Ada" },
  demoAgent: { kind: "demo", id: 1, role: "agent", name: "Agent 1" },
} as const satisfies Record<string, Actor>;
type Who = keyof typeof actors;

const rows = {
  /** A ticket of the customer, held by the agent, done in its own name. */
  mine: { customerId: 20, holderId: 1, agentId: 1, inSight: true },
  /** A ticket of another customer, held by another agent, done in that one's name. */
  foreign: { customerId: 21, holderId: 2, agentId: 2, inSight: true },
  /** The same, and AGENT_VISIBILITY hides it. */
  hidden: { customerId: 21, holderId: 2, agentId: 2, inSight: false },
} satisfies Record<string, Standing>;
type Row = keyof typeof rows;

const all: Row[] = ["mine", "foreign", "hidden"];
const seen: Row[] = ["mine", "foreign"];
const staff = (agent: Row[]) => ({ admin: all, demoAdmin: all, agent, demoAgent: agent });
const adminsOnly = { admin: all, demoAdmin: all };
/** Whoever holds a user's token; what of it is shown follows from who takes part, not from the rows above. */
const signedIn = { ...staff(all), customer: all };

const expected: Record<Permission, Partial<Record<Who, Row[]>>> = {
  "page.read": everybody(),
  "health.read": everybody(),
  "session.open": everybody(),
  "customer.register": {},
  "metrics.read": { ...adminsOnly, metrics: all },
  "session.close": { customer: ["mine"] },
  "message.create": { ...adminsOnly, key: all, customer: ["mine"] },
  "message.list": staff(seen),
  "message.read": { ...staff(seen), customer: ["mine"] },
  "message.claim": staff(["mine"]),
  "message.reply": staff(["mine"]),
  "message.release": staff(["mine"]),
  "message.transfer": staff(["mine"]),
  "message.snooze": staff(["mine"]),
  "message.reopen": staff(["mine"]),
  "message.note": staff(seen),
  "message.suggest": staff(seen),
  "message.correct": staff(seen),
  "message.presence": staff(["mine"]),
  "batch.pull": staff(["mine"]),
  "batch.sell": staff(["mine"]),
  "ticket.read": adminsOnly,
  "ticket.write": adminsOnly,
  "canned.read": staff(all),
  "canned.write": staff(all),
  "agent.read": staff(all),
  "agent.write": adminsOnly,
  "agent.availability": staff(["mine"]),
  "queue.read": staff(all),
  "queue.write": adminsOnly,
  "stats.read": staff(all),
  "customer.read": staff(seen),
  "customer.update": staff(seen),
  "customer.erase": adminsOnly,
  "user.read": adminsOnly,
  "user.write": adminsOnly,
  "api_key.read": adminsOnly,
  "api_key.write": adminsOnly,
  "webhook.read": adminsOnly,
  "webhook.write": adminsOnly,
  "delivery.read": adminsOnly,
  "delivery.retry": adminsOnly,
  "upload.create": signedIn,
  "upload.read": signedIn,
  "picture.show": everybody(),
  "bot.ask": signedIn,
  "prompt.read": signedIn,
  "prompt.write": adminsOnly,
  "conversation.respond": signedIn,
  "conversation.read": signedIn,
  "conversation.write": signedIn,
  "thread.read": signedIn,
  "thread.write": signedIn,
  "matter.decide": adminsOnly,
  "audit.read": adminsOnly,
  "board.use": adminsOnly,
  "agents_stream.watch": staff(seen),
  "chat.watch": signedIn,
  "chat.type": signedIn,
  "events.read": signedIn,
};

function everybody() {
  return Object.fromEntries(Object.keys(actors).map((who) => [who, all]));
}

/** What is not about a row that the matrix can show: a session's own user, a customer that is not there yet. */
const withoutRows = new Set<Permission>(["session.close", "customer.register"]);

for (const permission of Object.keys(expected) as Permission[]) {
  test(`${permission}: each actor with each row`, () => {
    for (const who of Object.keys(actors) as Who[]) {
      for (const row of all) {
        if (withoutRows.has(permission)) continue;
        const may = expected[permission][who]?.includes(row) ?? false;
        expect(mayOn(actors[who], permission, rows[row]), `${who} on ${row}`).toBe(may);
      }
    }
  });
}

test("the matrix speaks of every row of the table", () => {
  expect(Object.keys(expected).sort()).toEqual(Object.keys(policy).sort());
});

test("who has no permission at all is refused at the door, in words that name who has", () => {
  const refusal = (actor: Actor, permission: Permission) => {
    try {
      requirePermission(actor, permission);
      return null;
    } catch (error) {
      return error as Refusal;
    }
  };
  expect(refusal(actors.customer, "message.list")).toMatchObject({
    code: "forbidden",
    message: "This call is for agent or admin.",
  });
  expect(refusal(actors.agent, "user.read")).toMatchObject({ message: "This call is for admin." });
  expect(refusal(actors.key, "message.read")).toMatchObject({ code: "forbidden" });
  expect(refusal(actors.bareKey, "message.create")).toMatchObject({ code: "forbidden" });
  expect(refusal(actors.metrics, "user.read")).toMatchObject({ code: "forbidden" });
  expect(requirePermission(actors.key, "message.create")).toBe("any");
});

test("the doors that stand open are these", () => {
  const open = (Object.keys(policy) as Permission[]).filter(isOpen);
  expect(open.sort()).toEqual(["customer.register", "health.read", "page.read", "picture.show", "session.open"]);
});

test("an agent acts for itself, an admin for any, nobody else at all", () => {
  expect(() => requireOwnAgent(actors.agent, 1)).not.toThrow();
  expect(() => requireOwnAgent(actors.admin, 2)).not.toThrow();
  expect(() => requireOwnAgent(actors.agent, 2)).toThrow(expect.objectContaining({ code: "not_your_agent" }));
  for (const who of ["customer", "key", "metrics"] as const) {
    expect(() => requireOwnAgent(actors[who], 1)).toThrow(expect.objectContaining({ code: "forbidden" }));
  }
});
