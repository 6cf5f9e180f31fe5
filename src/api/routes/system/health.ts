import { aliveSchema } from "../../../contract/http/health.js";
import { endpoint } from "../../endpoint.js";

/** Liveness: the process answers. It says nothing of what the process needs. */
export const health = endpoint({
  method: "get",
  path: "/healthz",
  tag: "System",
  summary: "Is the process alive",
  policy: "health.read",
  limit: "none",
  answers: { 200: { description: "It is", schema: aliveSchema } },
  refusals: [],
  run: async () => ({ status: 200, body: { status: "ok" } }),
});
