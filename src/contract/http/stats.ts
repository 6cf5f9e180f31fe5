import { z } from "zod";
import { urgencyLevels } from "../../domain/ticket.js";
import { stages } from "../events.js";
import { partSchema } from "./health.js";
import { cursor, id, limit, page, time } from "./primitives.js";

/** The levels of what waits, and `unscored` for what has none yet. */
export const statLevels = [...urgencyLevels, "unscored"] as const;
export type StatLevel = (typeof statLevels)[number];

const seconds = z.int().nonnegative().nullable();
const waitingSchema = z
  .object({ waiting: z.int(), oldest_wait_s: seconds.meta({ description: "null: nothing waits" }) })
  .meta({ id: "Waiting" });

const ratesSchema = z
  .object({ received: z.int(), assigned: z.int(), closed: z.int() })
  .meta({ id: "QueueRates", description: "tickets in the whole minutes that ended last" });

export const queueStatsSchema = z
  .object({
    queue: z.string(),
    waiting: z.int(),
    oldest_wait_s: seconds,
    by_level: z.object(
      Object.fromEntries(statLevels.map((level) => [level, waitingSchema])) as Record<StatLevel, typeof waitingSchema>,
    ),
    agents: z.object({
      serving: z.int().meta({ description: "list it, or list nothing and serve all; 0: nobody will take what waits" }),
      online: z.int(),
      online_with_room: z.int(),
    }),
    rates: z.object({ last_minute: ratesSchema, last_10_minutes: ratesSchema, last_hour: ratesSchema }),
    history: z
      .array(
        z
          .object({
            minute: time,
            waiting: z.int(),
            oldest_wait_s: z.int(),
            received: z.int(),
            assigned: z.int(),
            closed: z.int(),
          })
          .meta({ id: "QueueMinute" }),
      )
      .meta({ description: "the last 60 minutes, oldest first; a minute in which nothing was is left out" }),
  })
  .meta({ id: "QueueStats" });
export type QueueStatsView = z.infer<typeof queueStatsSchema>;

export const queueStatsListSchema = z
  .object({ measured_at: time, results: z.array(queueStatsSchema) })
  .meta({ id: "QueueStatsList" });

export const agentStatsSchema = z
  .object({
    id,
    name: z.string(),
    queues: z.array(z.string()).meta({ description: "empty: serves all queues" }),
    availability: z.enum(["online", "away", "offline"]),
    capacity: z.int(),
    held: z.int().meta({ description: "open tickets that count against the capacity" }),
    snoozed: z.int().meta({ description: "put aside; they do not count" }),
    closed_last_hour: z.int(),
    last_seen_at: time.nullable(),
    last_assigned_at: time.nullable(),
  })
  .meta({ id: "AgentStats" });
export type AgentStatsView = z.infer<typeof agentStatsSchema>;

export const agentStatsPageSchema = page(agentStatsSchema).meta({ id: "AgentStatsPage" });

export const agentStatsQuery = z.object({ limit, cursor: cursor.optional() });

/** How much work of each stage there is, and whether what the stages need answers. */
export const stageStatsSchema = z
  .object({
    results: z.array(
      z
        .object({
          stage: z.enum(stages),
          waiting: z.int(),
          active: z.int(),
          delayed: z.int().meta({ description: "tried in vain, and waiting for another try" }),
          dead: z
            .int()
            .meta({ description: "dead letters: tried in vain for good, until somebody has them tried again" }),
          oldest_wait_s: seconds.meta({ description: "of what waits for its first try; null: nothing waits" }),
        })
        .meta({ id: "StageStats" }),
    ),
    parts: z.object({ database: partSchema, queue: partSchema, bus: partSchema }),
  })
  .meta({ id: "StageStatsList" });
export type StageStatsList = z.infer<typeof stageStatsSchema>;
