import { z } from "zod";
import { endpoint } from "../../endpoint.js";

/** The process's figures in Prometheus' text form, for admins and for METRICS_TOKEN. */
export const metrics = endpoint({
  method: "get",
  path: "/metrics",
  tag: "System",
  summary: "Figures for Prometheus",
  policy: "metrics.read",
  answers: { 200: { description: "Prometheus' text form", schema: z.string(), mediaType: "text/plain" } },
  refusals: [],
  run: async ({ deps, context }) => {
    const headers = { "content-type": deps.metrics.contentType, "x-request-id": context.requestId ?? "" };
    return new Response(await deps.metrics.text(), { headers });
  },
});
