import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpoints } from "../../../src/api/routes/endpoints.js";
import { reachOf } from "../../../src/domain/policy.js";
import { visibilityModes } from "../../../src/domain/visibility.js";
import { people } from "../api-under-test.js";
import { type DeskInView, type Kind, openDeskInView, seenIn } from "./desk-in-view.js";

const nowhere = 987_654_321;
const agent = { kind: "user", id: people.agent, role: "agent", name: "" } as const;
const nouns = ["message_not_found", "ticket_not_found", "customer_not_found"];
/** All that an agent may call about a message, a ticket or a customer. */
// A message of a conversation is not a ticket: test/contract/conversations/visibility asks its doors.
const doors = endpoints.filter(
  ({ noun = "", policy, looksItself }) => nouns.includes(noun) && !looksItself && reachOf(agent, policy) !== null,
);

/** A body that each of them takes. */
const bodies: Record<string, Record<string, unknown>> = {
  claim: { agent_id: people.agent },
  reply: { agent_id: people.agent, text: "Hello." },
  canned: { agent_id: people.agent, canned_id: 1 },
  transfer: { to_agent_id: people.agent2 },
  snooze: { until: "2031-01-01T00:00:00.000Z" },
  notes: { text: "A note." },
  urgency: { level: "high", reason: "says so" },
  presence: { state: "viewing" },
};

it("knows the doors that take the id of a message", () => {
  const paths = doors.map(({ method, path }) => `${method} ${path}`);
  const named = Object.keys(bodies).filter((name) => !paths.some((path) => path.includes(`/${name}/`)));
  expect(named).toEqual([]);
  expect(paths.length).toBeGreaterThanOrEqual(15);
});

describe.each(visibilityModes)("AGENT_VISIBILITY=%s", (mode) => {
  let desk: DeskInView;
  beforeAll(async () => {
    desk = await openDeskInView(mode);
  });
  afterAll(() => desk.drop());

  async function knock(door: (typeof doors)[number], id: number, extra: Record<string, unknown> = {}) {
    const action = /\{id\}\/(\w+)\//.exec(door.path)?.[1] ?? "";
    const body = door.body ? { ...(bodies[action] ?? {}), ...extra } : undefined;
    return desk.call(door.method.toUpperCase(), door.path.replace("{id}", String(id)), body, {
      token: desk.tokens.agent,
    });
  }

  const isSeen = (kind: Kind) => seenIn[mode].includes(kind);
  const subjectOf = async (door: (typeof doors)[number], kind: Kind) =>
    door.noun === "customer_not_found"
      ? (
          await desk.db.kysely
            .selectFrom("tickets")
            .select("customer_id")
            .where("id", "=", desk.ids[kind])
            .executeTakeFirstOrThrow()
        ).customer_id
      : desk.ids[kind];

  it("answers what is hidden as what is not there, at every door, and changes nothing", async () => {
    const before = await desk.db.kysely.selectFrom("tickets").selectAll().orderBy("id").execute();
    for (const door of doors) {
      for (const kind of Object.keys(desk.ids) as Kind[]) {
        if (isSeen(kind)) continue;
        const hidden = await knock(door, await subjectOf(door, kind));
        expect([hidden.status, hidden.body.status], `${door.method} ${door.path} ${kind}`).toEqual([404, door.noun]);
        expect(hidden.body).toEqual((await knock(door, nowhere)).body);
        // Also where something else is wrong with the call: neither is told from the other.
        if (!door.fieldCodes) continue;
        const another = { agent_id: people.agent2 };
        expect((await knock(door, desk.ids[kind], another)).body).toEqual((await knock(door, nowhere, another)).body);
      }
    }
    expect(await desk.db.kysely.selectFrom("tickets").selectAll().orderBy("id").execute()).toEqual(before);
  });

  it("shows what is seen", async () => {
    for (const door of doors.filter(({ method }) => method === "get")) {
      for (const kind of seenIn[mode]) {
        const answer = await knock(door, await subjectOf(door, kind));
        expect(answer.status, `${door.path} ${kind}`).toBe(200);
      }
    }
  });

  it("hides nothing from admins", async () => {
    for (const id of Object.values(desk.ids)) {
      const answer = await desk.call("GET", `/api/messages/${id}/`, undefined, { token: desk.tokens.admin });
      expect(answer.status).toBe(200);
    }
  });

  it("claims by id only what it sees", async () => {
    const claim = (id: number) =>
      desk.call("POST", `/api/messages/${id}/claim/`, { agent_id: people.agent }, { token: desk.tokens.agent });
    expect((await claim(desk.ids.inQueue)).status).toBe(isSeen("inQueue") ? 200 : 404);
    expect((await claim(desk.ids.elsewhere)).status).toBe(isSeen("elsewhere") ? 200 : 404);
    expect((await claim(desk.ids.othersInQueue)).status).toBe(isSeen("othersInQueue") ? 409 : 404);
    expect((await claim(desk.ids.held)).status).toBe(200);
  });

  it("answers who gives a ticket away, and a repeat of that call the same", async () => {
    const give = () =>
      desk.call(
        "POST",
        `/api/messages/${desk.ids.heldElsewhere}/release/`,
        {},
        {
          token: desk.tokens.agent,
          headers: { "idempotency-key": `give-${mode}` },
        },
      );
    const first = await give();
    expect([first.status, first.body.status]).toEqual([200, "unassigned"]);
    const again = await give();
    expect([again.status, again.body]).toEqual([200, first.body]);
    const read = await desk.call("GET", `/api/messages/${desk.ids.heldElsewhere}/`, undefined, {
      token: desk.tokens.agent,
    });
    expect(read.status).toBe(mode === "all" ? 200 : 404);
  });
});

describe("a change takes effect with the next call", () => {
  let desk: DeskInView;
  beforeAll(async () => {
    desk = await openDeskInView("queues");
  });
  afterAll(() => desk.drop());
  const read = async (kind: Kind, token = desk.tokens.agent) =>
    (await desk.call("GET", `/api/messages/${desk.ids[kind]}/`, undefined, { token })).status;

  it("of the agent's queues; an agent without a list serves all", async () => {
    const list = (queues: string[]) =>
      desk.call(
        "PUT",
        `/api/agents/${people.agent}/`,
        { name: "Agent 1", email: "agent1@example.test", capacity: 15, queues },
        { token: desk.tokens.admin },
      );
    expect([await read("inQueue"), await read("elsewhere")]).toEqual([200, 404]);
    expect((await list(["general"])).status).toBe(200);
    expect([await read("inQueue"), await read("elsewhere")]).toEqual([404, 200]);
    await list([]);
    expect([await read("inQueue"), await read("elsewhere")]).toEqual([200, 200]);
    await list(["loans"]);
    expect(await read("elsewhere", desk.tokens.agent2)).toBe(200);
  });

  it("of the ticket's queue and of its owner", async () => {
    const { kysely } = desk.db;
    await kysely.updateTable("tickets").set({ queue: "credit" }).where("id", "=", desk.ids.inQueue).execute();
    expect(await read("inQueue")).toBe(404);
    const path = `/api/messages/${desk.ids.heldElsewhere}/transfer/`;
    const given = await desk.call("POST", path, { to_agent_id: people.agent2 }, { token: desk.tokens.agent });
    expect([given.status, await read("heldElsewhere")]).toEqual([200, 404]);
  });
});
