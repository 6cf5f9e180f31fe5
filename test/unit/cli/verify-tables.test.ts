import { expect, test } from "vitest";
import { fixtures, isWriting } from "../../../cli/verify/idempotency/fixtures.js";
import { doorOf } from "../../../cli/verify/isolation/rules.js";
import { boardPage } from "../../../src/api/board.js";
import { endpoints } from "../../../src/api/routes/endpoints.js";

const routes = [...endpoints, boardPage].map(({ method, path }) => ({ method: method.toUpperCase(), path }));
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

test("every writing route has a fixture: verify idempotency leaves none out", () => {
  const writing = routes.filter(isWriting).map(nameOf);
  expect(writing.length).toBeGreaterThan(25);
  expect(writing.filter((name) => fixtures[name] === undefined)).toEqual([]);
});

test("every route is in the table of rights that verify isolation judges by", () => {
  expect(routes.map(nameOf).filter((name) => doorOf(name) === null)).toEqual([]);
});
