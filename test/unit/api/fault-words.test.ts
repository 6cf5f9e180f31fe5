import { expect, it } from "vitest";
import { z } from "zod";
import { faultWords } from "../../../src/api/middleware/fault-words.js";

const schema = z.object({
  name: z.string().min(1).max(3),
  count: z.int().min(2).max(5),
  tags: z.array(z.boolean()).max(1),
  kind: z.enum(["a", "b"]),
  more: z.record(z.string(), z.unknown()),
  own: z.string("must be what it is"),
});
const right = { name: "ab", count: 3, tags: [], kind: "a", more: {}, own: "x" };

it.each([
  [{ name: undefined }, "is required"],
  [{ name: 5 }, "must be a text"],
  [{ name: "" }, "must not be empty"],
  [{ name: "abcd" }, "has more than 3 characters"],
  [{ count: "3" }, "must be a number"],
  [{ count: 1.5 }, "must be a whole number"],
  [{ count: 1 }, "must be 2 or more"],
  [{ count: 6 }, "must be 5 or less"],
  [{ tags: "x" }, "must be a list"],
  [{ tags: [1] }, "must be true or false"],
  [{ tags: [true, true] }, "has more than 1 entries"],
  [{ kind: "c" }, "is none of a, b"],
  [{ more: 1 }, "must be an object"],
  [{ own: 1 }, "must be what it is"],
])("%j: %s", (wrong, message) => {
  const parsed = schema.safeParse({ ...right, ...wrong }, { error: faultWords });
  expect(parsed.error?.issues.map((issue) => issue.message)).toEqual([message]);
});
