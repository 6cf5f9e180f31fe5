import { chatFixtures } from "./chat-fixtures.js";
import type { Ground, Person } from "./ground.js";
import { webhookFixtures } from "./webhook-fixtures.js";

/** A call that has an effect, and another body for it. */
export interface KeyedFixture {
  path: string;
  as: Person;
  body?: Record<string, unknown>;
  /** A valid body that asks for something else; none where the call takes none. */
  otherBody?: Record<string, unknown>;
  /** The conversation whose socket tells of what is stored nowhere. */
  talk?: number;
}

export type MakeFixture = (ground: Ground) => KeyedFixture | Promise<KeyedFixture>;

const onHeld =
  (
    action: string,
    body: (ground: Ground) => Record<string, unknown>,
    otherBody: (ground: Ground) => Record<string, unknown>,
  ): MakeFixture =>
  async (ground) => {
    const { id } = await ground.ticket("held");
    return {
      path: `/api/messages/${id}/${action}/`,
      as: ground.agent,
      body: body(ground),
      otherBody: otherBody(ground),
    };
  };

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** For every writing route: something fresh that it has an effect on. A route that is not here is a finding. */
export const fixtures: Readonly<Record<string, MakeFixture>> = {
  ...chatFixtures,
  ...webhookFixtures,
  "POST /api/messages/": ({ mark, customer }) => ({
    ...{ path: "/api/messages/", as: customer, body: { user_id: customer.userId, body: `Where is my loan? ${mark}` } },
    otherBody: { user_id: customer.userId, body: `Something else ${mark}` },
  }),
  "POST /api/messages/{id}/claim/": async ({ ticket, agent }) => ({
    ...{ path: `/api/messages/${(await ticket("waiting")).id}/claim/`, as: agent, body: { agent_id: agent.id } },
    otherBody: { agent_id: String(agent.id) },
  }),
  "POST /api/messages/{id}/reply/": onHeld(
    "reply",
    ({ agent, mark }) => ({ agent_id: agent.id, text: `Paid out. ${mark}` }),
    ({ agent, mark }) => ({ agent_id: agent.id, text: `Not yet. ${mark}` }),
  ),
  "POST /api/messages/{id}/canned/": async (ground) => {
    const [{ id }, canned] = [await ground.ticket("held"), await ground.canned()];
    const body = { agent_id: ground.agent.id, canned_id: canned };
    return { path: `/api/messages/${id}/canned/`, as: ground.agent, body, otherBody: { ...body, keep_open: true } };
  },
  "POST /api/messages/{id}/release/": onHeld(
    "release",
    () => ({}),
    ({ agent }) => ({ agent_id: agent.id }),
  ),
  "POST /api/messages/{id}/transfer/": onHeld(
    "transfer",
    ({ other }) => ({ to_agent_id: other.id }),
    ({ agent }) => ({ to_agent_id: agent.id }),
  ),
  "POST /api/messages/{id}/snooze/": onHeld(
    "snooze",
    () => ({ until: inHours(1) }),
    () => ({ until: inHours(2) }),
  ),
  "POST /api/messages/{id}/reopen/": async ({ ticket, agent }) => ({
    ...{
      path: `/api/messages/${(await ticket("closed")).id}/reopen/`,
      as: agent,
      body: {},
      otherBody: { agent_id: agent.id },
    },
  }),
  "POST /api/messages/{id}/notes/": onHeld(
    "notes",
    ({ mark }) => ({ text: `Seen ${mark}` }),
    ({ mark }) => ({ text: `Unseen ${mark}` }),
  ),
  "PATCH /api/messages/{id}/urgency/": onHeld(
    "urgency",
    () => ({ level: "critical" }),
    () => ({ level: "low" }),
  ),
  "POST /api/messages/{id}/presence/": onHeld(
    "presence",
    () => ({ state: "viewing" }),
    () => ({ state: "gone" }),
  ),
  "POST /api/chat/typing/": async ({ agent, ticket }) => {
    const { conversationId: conversation_id } = await ticket("held");
    const body = { conversation_id, is_typing: true };
    return {
      path: "/api/chat/typing/",
      as: agent,
      body,
      otherBody: { ...body, is_typing: false },
      talk: conversation_id,
    };
  },
  "POST /api/agent/tickets/assign/": async ({ ticket, agent }) => {
    for (let n = 0; n < 3; n++) await ticket("waiting");
    return { path: "/api/agent/tickets/assign/", as: agent, body: {}, otherBody: { agent_id: agent.id } };
  },
  "POST /api/agent/tickets/sell/{id}/": async ({ ticket, agent }) => ({
    ...{
      path: `/api/agent/tickets/sell/${(await ticket("held")).id}/`,
      as: agent,
      body: {},
      otherBody: { agent_id: agent.id },
    },
  }),
  "POST /api/admin/tickets/": ({ admin, customer, mark }) => {
    const body = { title: `Late ${mark}`, description: `My loan is late ${mark}`, user_id: customer.userId };
    return { path: "/api/admin/tickets/", as: admin, body, otherBody: { ...body, priority: "high" } };
  },
  "PUT /api/admin/tickets/{id}/": async ({ admin, ticket, mark }) => {
    const body = { title: `Late ${mark}`, description: `It is still late ${mark}`, priority: "critical" };
    return {
      path: `/api/admin/tickets/${(await ticket("waiting")).id}/`,
      as: admin,
      body,
      otherBody: { ...body, priority: "low" },
    };
  },
  "PATCH /api/admin/tickets/{id}/": async ({ admin, ticket }) => ({
    ...{ path: `/api/admin/tickets/${(await ticket("waiting")).id}/`, as: admin },
    ...{ body: { priority: "critical" }, otherBody: { priority: "high" } },
  }),
  "DELETE /api/admin/tickets/{id}/": async ({ admin, ticket }) => ({
    ...{ path: `/api/admin/tickets/${(await ticket("held")).id}/`, as: admin },
  }),
  "POST /api/canned/": ({ admin, mark }) => {
    const body = { title: `New ${mark}`, text: `Hello ${mark}`, shortcut: mark };
    return { path: "/api/canned/", as: admin, body, otherBody: { ...body, text: "Good day" } };
  },
  "PUT /api/canned/{id}/": async ({ admin, canned, mark }) => {
    const body = { title: `Changed ${mark}`, text: `Bye ${mark}` };
    return { path: `/api/canned/${await canned()}/`, as: admin, body, otherBody: { ...body, text: "Good night" } };
  },
  "PATCH /api/canned/{id}/": async ({ admin, canned, mark }) => ({
    ...{
      path: `/api/canned/${await canned()}/`,
      as: admin,
      body: { title: `Now ${mark}` },
      otherBody: { title: `Then ${mark}` },
    },
  }),
  "DELETE /api/canned/{id}/": async ({ admin, canned }) => ({ path: `/api/canned/${await canned()}/`, as: admin }),
  "POST /api/bot-prompts/": ({ admin, mark }) => {
    const body = { title: `New ${mark}`, text: `Hello ${mark}` };
    return { path: "/api/bot-prompts/", as: admin, body, otherBody: { ...body, text: "Good day" } };
  },
  "PUT /api/bot-prompts/{id}/": async ({ admin, prompt, mark }) => {
    const body = { title: `Changed ${mark}`, text: `Bye ${mark}` };
    return { path: `/api/bot-prompts/${await prompt()}/`, as: admin, body, otherBody: { ...body, text: "Good night" } };
  },
  "PATCH /api/bot-prompts/{id}/": async ({ admin, prompt, mark }) => ({
    ...{ path: `/api/bot-prompts/${await prompt()}/`, as: admin },
    ...{ body: { title: `Now ${mark}` }, otherBody: { title: `Then ${mark}` } },
  }),
  "DELETE /api/bot-prompts/{id}/": async ({ admin, prompt }) => ({
    ...{ path: `/api/bot-prompts/${await prompt()}/`, as: admin },
  }),
  "POST /api/agents/": ({ admin, mark, queue }) => {
    const body = { name: `New ${mark}`, email: `new-${mark}@verify.invalid`, queues: [queue], capacity: 3 };
    return { path: "/api/agents/", as: admin, body, otherBody: { ...body, capacity: 4 } };
  },
  "PUT /api/agents/{id}/": async ({ admin, person, mark, queue }) => {
    const body = { name: `Put ${mark}`, email: `put-${mark}@verify.invalid`, queues: [queue], capacity: 3 };
    return { path: `/api/agents/${await person("agent")}/`, as: admin, body, otherBody: { ...body, capacity: 4 } };
  },
  "PATCH /api/agents/{id}/": async ({ admin, person }) => ({
    ...{ path: `/api/agents/${await person("agent")}/`, as: admin, body: { capacity: 3 }, otherBody: { capacity: 4 } },
  }),
  "DELETE /api/agents/{id}/": async ({ admin, person }) => ({
    path: `/api/agents/${await person("agent")}/`,
    as: admin,
  }),
  "PUT /api/agents/me/availability/": ({ agent }) => ({
    ...{
      path: "/api/agents/me/availability/",
      as: agent,
      body: { availability: "away" },
      otherBody: { availability: "offline" },
    },
  }),
  "PATCH /api/customers/{id}/": ({ agent, customer, mark }) => ({
    ...{
      path: `/api/customers/${customer.id}/`,
      as: agent,
      body: { name: `Cleo ${mark}` },
      otherBody: { name: `Dan ${mark}` },
    },
  }),
  "DELETE /api/customers/{id}/bounce/": async ({ agent, bounced }) => ({
    path: `/api/customers/${await bounced()}/bounce/`,
    as: agent,
  }),
  "DELETE /api/customers/{id}/": async ({ admin, person }) => ({
    path: `/api/customers/${await person("customer")}/`,
    as: admin,
  }),
  "POST /api/queues/": ({ admin, mark }) => ({
    ...{ path: "/api/queues/", as: admin, body: { name: `${mark}-new` }, otherBody: { name: `${mark}-other` } },
  }),
  "PATCH /api/queues/{name}/": ({ admin, queue, mark }) => ({
    ...{
      path: `/api/queues/${queue}/`,
      as: admin,
      body: { topics: [mark, `${mark} more`] },
      otherBody: { topics: [mark] },
    },
  }),
  "POST /api/users/": ({ admin, mark }) => {
    const body = {
      role: "customer",
      name: `New ${mark}`,
      email: `user-${mark}@verify.invalid`,
      password: `a password ${mark}`,
    };
    return { path: "/api/users/", as: admin, body, otherBody: { ...body, name: `Newer ${mark}` } };
  },
  "PATCH /api/users/{id}/": async ({ admin, person, mark }) => ({
    ...{
      path: `/api/users/${await person("agent")}/`,
      as: admin,
      body: { name: `User ${mark}` },
      otherBody: { name: `Man ${mark}` },
    },
  }),
  "DELETE /api/users/{id}/": async ({ admin, person }) => ({
    path: `/api/users/${await person("agent")}/`,
    as: admin,
  }),
  "POST /api/api-keys/": ({ admin, mark }) => ({
    ...{ path: "/api/api-keys/", as: admin, body: { name: `Key ${mark}` }, otherBody: { name: `Other key ${mark}` } },
  }),
  "PATCH /api/api-keys/{id}/": async ({ admin, make, mark }) => ({
    ...{ path: `/api/api-keys/${await make("/api/api-keys/", { name: `Key ${mark}` })}/`, as: admin },
    ...{ body: { name: `Renamed ${mark}` }, otherBody: { name: `Again ${mark}` } },
  }),
  "DELETE /api/api-keys/{id}/": async ({ admin, make, mark }) => ({
    ...{ path: `/api/api-keys/${await make("/api/api-keys/", { name: `Key ${mark}` })}/`, as: admin },
  }),
};

/** They take no Idempotency-Key: sign-in, and streams. */
const withoutKeys = /^\/api\/(auth|uploads|bot-response)\//;

/** Whether calls of that route take an Idempotency-Key: all that write, but for signing in. */
export function isWriting({ method, path }: { method: string; path: string }): boolean {
  return ["POST", "PUT", "PATCH", "DELETE"].includes(method.toUpperCase()) && !withoutKeys.test(path);
}
