import { expect, it } from "vitest";
import { createAllowedMethods } from "../../../src/api/allowed-methods.js";
import { routerPath } from "../../../src/api/app.js";
import { endpoints } from "../../../src/api/routes/endpoints.js";

it("knows the methods of each path, and none of any other", () => {
  const allowed = createAllowedMethods(endpoints);
  expect(allowed("/api/canned/7")).toEqual(["DELETE", "GET", "HEAD", "PATCH", "PUT"]);
  expect(allowed("/api/messages")).toEqual(["GET", "HEAD", "POST"]);
  expect(allowed("/")).toEqual(["GET", "HEAD"]);
  for (const path of ["/api", "/api/canned/7/8", "/api/messages/", "/docs/a/b"]) expect(allowed(path)).toEqual([]);
});

it("writes paths as the router does", () => {
  expect(routerPath("/api/messages/{id}/claim/")).toBe("/api/messages/:id/claim");
  expect(routerPath("/")).toBe("/");
});
