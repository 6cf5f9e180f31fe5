import { describe, expect, it } from "vitest";
import { audienceOf, shownOf } from "../../../src/domain/audience.js";
import type { Sight } from "../../../src/domain/visibility.js";

const me = 7;
const sights = {
  all: { kind: "all" },
  queues: { kind: "queues", agentId: me, queues: ["loans", "credit"] },
  own: { kind: "own", agentId: me },
} as const satisfies Record<string, Sight>;

/** What each sight is shown of an event: the frame, that a ticket is gone, something made for it, or nothing. */
function shown(type: string, payload: Record<string, unknown>) {
  const text = JSON.stringify({ type, stream: "agents", pos: 3, ...payload });
  const frame = { pos: 3, text, audience: audienceOf({ type, payload }) };
  return Object.values(sights).map((sight) => {
    const told = shownOf(sight, "agents", frame);
    if (told === null || told === text) return told && "frame";
    const { stream, pos, ...rest } = JSON.parse(told);
    expect([stream, pos]).toEqual(["agents", 3]);
    return rest.reason === "out_of_sight" ? `gone ${rest.message_id}` : rest;
  });
}

const update = (queue: string, assigned_to: number | null, was?: Record<string, unknown>) =>
  shown("message_update", {
    message_id: 5,
    status: "x",
    version: 2,
    reason: "y",
    queue,
    assigned_to,
    ...(was && { was }),
  });

describe("what is shown of an event to who sees all, some queues, its own", () => {
  it.each([
    ["new in general", shown("message_new", { message_id: 5, body: "b" }), ["frame", null, null]],
    ["new in a queue of its own", shown("message_new", { message_id: 5, queue: "loans" }), ["frame", "frame", null]],
    ["routed into its queue", update("loans", null, { queue: "general" }), ["frame", "frame", null]],
    ["routed out of its queue", update("general", null, { queue: "loans" }), ["frame", "gone 5", null]],
    ["routed between its queues", update("loans", null, { queue: "credit" }), ["frame", "frame", null]],
    ["routed between others'", update("general", null, { queue: "disputes" }), ["frame", null, null]],
    ["given to another, its queue", update("loans", 8), ["frame", "frame", null]],
    ["given to another, another queue", update("general", 8), ["frame", null, null]],
    ["given to it", update("general", me), ["frame", "frame", "frame"]],
    ["taken from it, its queue", update("loans", null, { assigned_to: me }), ["frame", "frame", "gone 5"]],
    ["taken from it, another queue", update("general", null, { assigned_to: me }), ["frame", "gone 5", "gone 5"]],
    ["transferred by it", update("general", 8, { assigned_to: me }), ["frame", "gone 5", "gone 5"]],
    ["transferred to it", update("general", me, { assigned_to: 8 }), ["frame", "frame", "frame"]],
    ["transferred between others", update("general", 9, { assigned_to: 8 }), ["frame", null, null]],
    ["released by another", update("general", null, { assigned_to: 8 }), ["frame", null, null]],
    ["an update that tells no queue", shown("message_update", { message_id: 5 }), ["frame", null, null]],
    [
      "an update of its own that tells no queue",
      shown("message_update", { message_id: 5, assigned_to: me }),
      ["frame", "frame", "frame"],
    ],
    ["deleted, waiting", shown("message_deleted", { message_id: 5, queue: "loans" }), ["frame", "frame", null]],
    [
      "deleted, its own",
      shown("message_deleted", { message_id: 5, queue: "general", assigned_to: me }),
      ["frame", "frame", "frame"],
    ],
    ["deleted, another's", shown("message_deleted", { message_id: 5, queue: "general" }), ["frame", null, null]],
    ["deleted, nothing told", shown("message_deleted", { message_id: 5 }), ["frame", null, null]],
    ["its batch", shown("batch_assigned", { agent_id: me, message_ids: [1] }), ["frame", "frame", "frame"]],
    ["another's batch", shown("batch_assigned", { agent_id: 8, message_ids: [1] }), ["frame", null, null]],
    ["what no rule speaks of", shown("invented", { message_id: 5 }), ["frame", null, null]],
  ])("%s", (_what, told, expected) => {
    expect(told).toEqual(expected);
  });

  it("tells of an import what went into the queues that are seen", () => {
    const part = (count: number, first_id: number, last_id: number) => ({ count, first_id, last_id });
    const queues = { general: part(3, 1, 9), loans: part(2, 4, 6), credit: part(1, 2, 2) };
    expect(shown("messages_imported", { ...part(6, 1, 9), queues })).toEqual([
      "frame",
      { type: "messages_imported", ...part(3, 2, 6) },
      null,
    ]);
    expect(shown("messages_imported", { ...part(3, 1, 9), queues: { general: part(3, 1, 9) } })).toEqual([
      "frame",
      null,
      null,
    ]);
    expect(shown("messages_imported", part(3, 1, 9))).toEqual(["frame", null, null]);
  });
});
