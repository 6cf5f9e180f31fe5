import { endpoint } from "../../endpoint.js";

/** The front door, until the console stands there. */
export const home = endpoint({
  method: "get",
  path: "/",
  tag: "System",
  summary: "Leads to the documentation",
  policy: "page.read",
  limit: "none",
  answers: { 302: { description: "To /docs" } },
  refusals: [],
  run: async () => ({ status: 302, headers: { location: "/docs" } }),
});
