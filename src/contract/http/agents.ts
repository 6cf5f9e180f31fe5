import { z } from "zod";
import { capacityMax } from "../../domain/ticket.js";
import { boundedText, cursor, id, idInput, limit, page } from "./primitives.js";

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

const queueNames = z
  .array(z.string("must be a queue's name").max(50, "is no queue"), "must be a list of queues' names")
  .max(100, "has more than 100 entries")
  .meta({ description: "empty: serves all queues" });

const capacity = z
  .int("must be a whole number")
  .min(0, "must be 0 or more")
  .max(capacityMax, `must be ${capacityMax} or less`)
  .meta({ description: "open tickets that it may hold; lowering it takes nothing away" });

/** A whole agent, to put in place of one: a capacity that is left out is the desk's default, queues are all. */
export const replaceAgentRequest = z
  .object({
    name: boundedText(200),
    email: z
      .email("is not an e-mail address")
      .max(254)
      .nullable()
      .meta({ description: "null: it cannot sign in by one" }),
    capacity: capacity.optional(),
    queues: queueNames.optional(),
  })
  .meta({ id: "ReplaceAgent" });

/** What is to change of an agent. */
export const updateAgentRequest = replaceAgentRequest.partial().meta({ id: "UpdateAgent" });

export const createAgentRequest = replaceAgentRequest
  .extend({
    email: z.email("is not an e-mail address").max(254),
    password: z
      .string("must be a text")
      .min(8, "has fewer than 8 characters")
      .max(256, "has more than 256 characters")
      .optional()
      .meta({ description: "without one it signs in by tokens only" }),
  })
  .meta({ id: "CreateAgent" });

const availabilities = ["online", "away", "offline"] as const;

export const availabilityRequest = z
  .object({
    agent_id: idInput
      .optional()
      .meta({ description: "who it is about: the token's agent, or any when an admin calls" }),
    availability: z.enum(availabilities, `is none of ${availabilities.join(", ")}`),
  })
  .meta({ id: "SetAvailability" });
