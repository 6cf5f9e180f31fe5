import { afterAll, beforeAll, expect, it } from "vitest";
import { errorCodes } from "../../../src/domain/errors.js";
import { type ApiUnderTest, startApi } from "../api-under-test.js";

interface Operation {
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
}

let api: ApiUnderTest;
let document: { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: object } };
beforeAll(async () => {
  api = await startApi();
  const answer = await api.call("GET", "/openapi.json");
  expect(answer.status).toBe(200);
  document = answer.body;
});
afterAll(() => api.drop());

it("lists the very routes that the router has", () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routed = api.app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  const bare = (route: string) => (route.endsWith(" /") ? route : route.replace(/\/$/, ""));
  expect(described.map(bare).sort()).toEqual(routed.sort());
  expect(routed.length).toBeGreaterThan(35);
});

it("is OpenAPI 3.1, and every reference in it leads somewhere", () => {
  expect(document.openapi).toBe("3.1.0");
  const text = JSON.stringify(document);
  const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? "");
  expect(names.length).toBeGreaterThan(50);
  for (const name of names) expect(Object.keys(document.components.schemas)).toContain(name);
});

it("describes an answer, the errors, and a body for every operation that takes one", () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { responses, requestBody }] of Object.entries(methods)) {
      const statuses = Object.keys(responses).map(Number);
      expect(
        statuses.some((status) => status < 400),
        `${method} ${path}`,
      ).toBe(true);
      expect(statuses).toEqual(expect.arrayContaining([403, 500, 503]));
      if (method === "post" || method === "put" || method === "patch") {
        const type = path === "/api/uploads/" ? "multipart/form-data" : "application/json";
        expect(Object.keys(requestBody?.content ?? {}), `${method} ${path}`).toEqual([type]);
      }
      for (const [status, { description }] of Object.entries(responses)) {
        if (Number(status) < 400 || path === "/readyz") continue;
        for (const code of description.split(", ")) expect(errorCodes).toContain(code);
      }
    }
  }
});

it("names every refusal of a claim", () => {
  const claim = document.paths["/api/messages/{id}/claim/"]?.post;
  expect(claim?.responses["409"]?.description).toBe(
    "already_claimed, already_closed, at_capacity, request_in_progress",
  );
  expect(claim?.responses["404"]?.description).toBe("agent_not_found, message_not_found");
  expect(claim?.responses["400"]?.description).toBe("invalid_agent_id, invalid_body, invalid_json");
  expect(claim?.requestBody?.content["application/json"]?.schema.$ref).toBe("#/components/schemas/Claim");
});

it("docs: a page that asks no other host for anything", async () => {
  const page = await api.call("GET", "/docs");
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.body).not.toMatch(/https?:/);
  const files = [...(page.body as string).matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(files).toHaveLength(4);
  for (const file of files) {
    const answer = await api.call("GET", file);
    expect(answer.status, file).toBe(200);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  }
});

it("docs: 404 for any other file, whatever the path", async () => {
  for (const name of [
    "package.json",
    "..%2Fpackage.json",
    "%2e%2e%2f%2e%2e%2fpackage.json",
    "constructor",
    "__proto__",
  ]) {
    const answer = await api.call("GET", `/docs/${name}`);
    expect([answer.status, answer.body.status]).toEqual([404, "not_found"]);
  }
});
