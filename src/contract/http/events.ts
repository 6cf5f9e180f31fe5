import { z } from "zod";

const digits = (max: number, what: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, what)
    .transform(Number)
    .pipe(z.int().max(max, what));

const waitWords = "must be a whole number of seconds from 0 to 60";

/** `GET /api/events/`. */
export const eventsQuery = z.object({
  stream: z
    .string("is required: agents or conversation:<id>")
    .regex(/^(agents|conversation:\d{1,15})$/, "must be agents or conversation:<id>"),
  since: digits(Number.MAX_SAFE_INTEGER, "must be a position").optional(),
  epoch: z.string().max(200).optional(),
  wait: digits(60, waitWords).default(25).meta({ type: "integer", minimum: 0, maximum: 60 }),
});

/** The frames that a socket would have sent, and where the reader is after them. */
export const eventsSchema = z.object({
  stream: z.string(),
  epoch: z.string(),
  pos: z.int().nonnegative().meta({ description: "the `since` of the next call" }),
  oldest: z.int().nonnegative(),
  frames: z.array(z.looseObject({ type: z.string() })),
});
export type EventsView = z.output<typeof eventsSchema>;
