import { expect, test } from "vitest";
import { jobStatuses, requireJobMove } from "../../../src/domain/matters.js";
import { requireOwnKind } from "../../../src/domain/message-kind.js";
import { messageKinds } from "../../../src/domain/ticket.js";

test("a job goes anywhere until its end, and the end may be told again", () => {
  for (const next of jobStatuses) {
    for (const last of [null, ...jobStatuses]) {
      const over = (last === "completed" || last === "cancelled") && last !== next;
      if (over)
        expect(() => requireJobMove(last, next)).toThrow(expect.objectContaining({ code: "invalid_transition" }));
      else expect(() => requireJobMove(last, next)).not.toThrow();
    }
  }
});

test("a client says texts, staff notes in support cases, and nobody else anything else", () => {
  const may = (
    kind: (typeof messageKinds)[number],
    role: "admin" | "agent" | "customer",
    where: "support" | "direct" | "bot",
  ) => {
    try {
      return requireOwnKind(kind, role, where) === kind;
    } catch {
      return false;
    }
  };
  for (const kind of messageKinds) {
    for (const role of ["admin", "agent", "customer"] as const) {
      for (const where of ["support", "direct", "bot"] as const) {
        const expected = kind === "text" || (kind === "note" && role !== "customer" && where === "support");
        expect(may(kind, role, where), `${kind} ${role} ${where}`).toBe(expected);
      }
    }
  }
});
