import { z } from "zod";
import { endpoint } from "../../endpoint.js";
import { ownHeaders } from "../../respond.js";

/** The process's figures in Prometheus' text form, for admins and for METRICS_TOKEN. */
export const metrics = endpoint({
  method: "get",
  path: "/metrics",
  tag: "System",
  summary: "Figures for Prometheus",
  policy: "metrics.read",
  answers: { 200: { description: "Prometheus' text form", schema: z.string(), mediaType: "text/plain" } },
  refusals: [],
  run: async ({ deps, c }) => {
    const headers = { ...ownHeaders(c), "cache-control": "no-store", "content-type": deps.metrics.contentType };
    return new Response(await deps.metrics.text(), { headers });
  },
});
