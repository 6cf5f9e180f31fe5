import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { boardPage } from "../../../src/api/board.js";
import { endpoints } from "../../../src/api/routes/endpoints.js";
import { packageRoot } from "../../../src/runtime/package-root.js";

interface Item {
  item?: Item[];
  request?: { method: string; url: { path: string[] }; body?: { mode: string; raw?: string } };
}

const collection: Item = JSON.parse(
  readFileSync(join(packageRoot, "data/switchboard.postman_collection.json"), "utf8"),
);
const requestsIn = (item: Item): NonNullable<Item["request"]>[] => [
  ...(item.request ? [item.request] : []),
  ...(item.item ?? []).flatMap(requestsIn),
];
const requests = requestsIn(collection);

test("the Postman collection has every route of the document, and no other: else `npm run postman`", () => {
  const slashless = (path: string) => path.replace(/^\/|\/$/g, "");
  const kept = requests.map(({ method, url }) => `${method} ${slashless(url.path.join("/"))}`);
  const known = [...endpoints, boardPage].map(
    ({ method, path }) => `${method.toUpperCase()} ${slashless(path.replace(/\{(\w+)\}/g, ":$1"))}`,
  );
  expect(kept.sort()).toEqual(known.sort());
});

test("its bodies can be sent: JSON, without a placeholder that a person has to replace", () => {
  const bodies = requests.flatMap(({ body }) => (body?.raw === undefined ? [] : [body.raw]));
  expect(bodies.length).toBeGreaterThan(30);
  for (const body of bodies) expect(JSON.stringify(JSON.parse(body))).not.toContain("<string");
});
