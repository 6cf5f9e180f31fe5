import { describe, expect, it } from "vitest";
import {
  conversationAccess,
  isNarrowed,
  type Sight,
  sees,
  sightKey,
  sightOf,
  type VisibilityMode,
  visibilityModes,
} from "../../../src/domain/visibility.js";
import { settingsSchema } from "../../../src/runtime/settings.js";

const me = 7;
const agent = { role: "agent", id: me } as const;
const sightIn = (mode: VisibilityMode, queues: string[] = ["loans", "credit"]) => sightOf(agent, mode, queues);

describe("what an agent sees", () => {
  it.each([
    // queue, owner; all, queues, own; an agent that lists nothing in mode queues
    ["waits in a queue of its own", "loans", null, [true, true, false, true]],
    ["waits in another queue", "general", null, [true, false, false, true]],
    ["its own in its queue", "credit", me, [true, true, true, true]],
    ["its own in another queue", "general", me, [true, true, true, true]],
    ["another's in its queue", "loans", 8, [true, true, false, true]],
    ["another's in another queue", "general", 8, [true, false, false, true]],
  ] as const)("%s", (_what, queue, assigneeId, expected) => {
    const sights = [...visibilityModes.map((mode) => sightIn(mode)), sightIn("queues", [])];
    expect(sights.map((sight) => sees(sight, { queue, assigneeId }))).toEqual(expected);
  });

  it("is all for admins and for whom the mode does not speak of", () => {
    for (const mode of visibilityModes) {
      for (const role of ["admin", "customer"] as const) {
        expect(sightOf({ role, id: me }, mode, ["loans"])).toEqual({ kind: "all" });
        expect(isNarrowed({ role }, mode)).toBe(false);
      }
    }
    expect(visibilityModes.map((mode) => isNarrowed(agent, mode))).toEqual([false, true, true]);
  });

  it("is nobody's for an agent without an id", () => {
    const sight = sightOf({ role: "agent", id: null }, "own", []);
    expect(sees(sight, { queue: "loans", assigneeId: null })).toBe(false);
    expect(sees(sight, { queue: "loans", assigneeId: me })).toBe(false);
  });

  it("is its own for who is no agent any more: no list is not the list of all queues", () => {
    expect(sightOf(agent, "queues", undefined)).toEqual({ kind: "own", agentId: me });
    expect(sightOf(agent, "all", undefined)).toEqual({ kind: "all" });
  });

  it("has the modes that the setting takes", () => {
    expect(settingsSchema.shape.AGENT_VISIBILITY.unwrap().options).toEqual(visibilityModes);
    expect(settingsSchema.parse({}).AGENT_VISIBILITY).toBe("all");
  });

  it("has a key of its own, whatever the order of the queues", () => {
    const sights: Sight[] = [
      { kind: "all" },
      { kind: "own", agentId: 1 },
      { kind: "own", agentId: 2 },
      { kind: "queues", agentId: 1, queues: ["a", "b"] },
      { kind: "queues", agentId: 1, queues: ["a"] },
      { kind: "queues", agentId: 2, queues: ["a", "b"] },
    ];
    expect(new Set(sights.map(sightKey)).size).toBe(sights.length);
    expect(sightKey(sightIn("queues", ["b", "a"]))).toBe(sightKey(sightIn("queues", ["a", "b"])));
  });
});

describe("who may open a conversation's stream", () => {
  const ticket = { queue: "loans", assigneeId: null };
  const talk = { participantIds: [20, me], tickets: [] };
  const support = { participantIds: [20], tickets: [{ queue: "general", assigneeId: 8 }, ticket] };
  it.each([
    ["an admin", { kind: "user", role: "admin", id: 1 }, sightIn("all"), support, "open"],
    ["its customer", { kind: "user", role: "customer", id: 20 }, sightIn("all"), support, "open"],
    ["a stranger", { kind: "user", role: "customer", id: 21 }, sightIn("all"), support, "not_found"],
    ["an agent that sees one of its tickets", { kind: "user", ...agent }, sightIn("queues"), support, "open"],
    ["an agent that sees none", { kind: "user", ...agent }, sightIn("own"), support, "not_found"],
    [
      "an agent, a talk that is no support case",
      { kind: "user", role: "agent", id: 9 },
      sightIn("all"),
      talk,
      "not_found",
    ],
    ["an agent that takes part", { kind: "user", ...agent }, sightIn("own"), talk, "open"],
    ["nobody's", { kind: "user", role: "admin", id: 1 }, sightIn("all"), null, "not_found"],
    ["an API key", { kind: "api_key", role: "customer", id: null }, sightIn("all"), support, "forbidden"],
  ] as const)("%s", (_who, actor, sight, conversation, expected) => {
    expect(conversationAccess(actor, sight, conversation)).toBe(expected);
  });
});
