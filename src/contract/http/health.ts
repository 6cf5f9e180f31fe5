import { z } from "zod";

export const aliveSchema = z.object({ status: z.literal("ok") }).meta({ id: "Alive" });

export const partSchema = z
  .object({ ok: z.boolean(), latency_ms: z.number(), detail: z.string().optional() })
  .meta({ id: "ReadyPart" });

export const readySchema = z
  .object({
    status: z.enum(["ready", "unavailable"]),
    database: partSchema,
    queue: partSchema,
    bus: partSchema,
  })
  .meta({ id: "Ready" });
export type ReadyView = z.infer<typeof readySchema>;
