import { z } from "zod";
import { cursor, id, limit, page } from "./primitives.js";

export const agentSchema = z
  .object({
    id,
    name: z.string(),
    email: z.string().nullable(),
    role: z.enum(["agent", "admin"]),
    capacity: z.int(),
    queues: z.array(z.string()).meta({ description: "empty: serves all queues" }),
    availability: z.enum(["online", "away", "offline"]),
    open_tickets: z.int(),
  })
  .meta({ id: "Agent" });
export type AgentView = z.infer<typeof agentSchema>;

export const agentPageSchema = page(agentSchema).meta({ id: "AgentPage" });

export const listAgentsQuery = z.object({ limit, cursor: cursor.optional() });
