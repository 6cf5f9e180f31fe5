import { z } from "zod";
import { boundedText, cursor, limit, page } from "./primitives.js";

/** Where tickets of its topics wait (DESIGN.md 2). */
export const queueSchema = z
  .object({
    name: z.string(),
    topics: z.array(z.string()),
    agents: z.int().meta({ description: "agents that list it; those without a list serve it too" }),
  })
  .meta({ id: "Queue" });
export type QueueView = z.infer<typeof queueSchema>;

export const queuePageSchema = page(queueSchema).meta({ id: "QueuePage" });

export const listQueuesQuery = z.object({ limit, cursor: cursor.optional() });

const name = z
  .string("is required and must be a text")
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, "must be 1 to 50 of a-z, 0-9, _ and -, the first no sign");

const topics = z
  .array(boundedText(100), "must be a list of topics")
  .max(100, "has more than 100 entries")
  .transform((all) => [...new Set(all)])
  .meta({ description: "topics of messages that wait here; a topic is one queue's only" });

export const createQueueRequest = z.object({ name, topics: topics.default([]) }).meta({ id: "CreateQueue" });

/** What is to change of a queue. */
export const updateQueueRequest = z
  .object({ name: name.optional(), topics: topics.optional() })
  .meta({ id: "UpdateQueue" });
