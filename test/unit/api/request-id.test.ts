import { expect, it } from "vitest";
import { newRequestId } from "../../../src/api/middleware/request-id.js";

it("makes ids that are valid and never the same", () => {
  const ids = Array.from({ length: 10_000 }, newRequestId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{16}$/);
});
