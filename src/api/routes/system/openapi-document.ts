import { z } from "zod";
import { endpoint } from "../../endpoint.js";

export const openapiDocument = endpoint({
  method: "get",
  path: "/openapi.json",
  tag: "System",
  summary: "This document",
  policy: "page.read",
  answers: { 200: { description: "OpenAPI 3.1", schema: z.looseObject({ openapi: z.string() }) } },
  refusals: [],
  run: async ({ document }) => ({ status: 200, body: document() }),
});
