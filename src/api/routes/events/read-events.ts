import { enterChat } from "../../../commands/enter-chat.js";
import { readStream, type StreamReading } from "../../../commands/read-stream.js";
import { settleShown } from "../../../commands/settle-shown.js";
import { conversationOf } from "../../../contract/events.js";
import { type EventsView, eventsQuery, eventsSchema } from "../../../contract/http/events.js";
import { readStanding } from "../../../db/queries/read-standing.js";
import { isShown } from "../../../domain/audience.js";
import { Refusal } from "../../../domain/errors.js";
import { requirePermission } from "../../../domain/policy.js";
import type { Sight } from "../../../domain/visibility.js";
import type { ApiDependencies } from "../../dependencies.js";
import { type EndpointInput, endpoint } from "../../endpoint.js";
import type { ApiContext } from "../../environment.js";
import type { Listening } from "../../stream-news.js";

/** The long poll: with no socket, the same frames (CONTRACT.md 5). */
export const readEvents = endpoint({
  method: "get",
  path: "/api/events/",
  tag: "Events",
  summary: "The frames of a stream after a position, or the next ones as soon as they come",
  policy: "events.read",
  query: eventsQuery,
  answers: { 200: { description: "Frames as a socket sends them; none when the time is over", schema: eventsSchema } },
  refusals: ["conversation_not_found"],
  run: async ({ query, context, deps, sight, c }) => {
    const { actor, db } = context;
    const reading: StreamReading = {
      stream: query.stream,
      since: query.since ?? null,
      epoch: query.epoch ?? null,
      sight,
      notes: actor.role !== "customer",
    };
    await requireReader(context, deps, query.stream);
    const conversationId = conversationOf(query.stream);
    if (conversationId !== null && query.since) {
      await settleShown(context, { conversationId, since: query.since, epoch: query.epoch ?? null });
    }
    const listening = deps.news.listen(query.stream, actor.id);
    const waiter = { c, listening, deps, sight, db, endsAt: performance.now() + query.wait * 1000 };
    try {
      const view = await nextFrames(waiter, reading);
      // It may have waited a while: who lost the right meanwhile is shown nothing.
      if (view.waited) await requireStillThere(context, deps, query.stream);
      return { status: 200, body: view.answer, headers: { "cache-control": "no-store" } };
    } finally {
      listening.end();
    }
  },
});

interface Waiter {
  c: ApiContext;
  listening: Listening;
  deps: ApiDependencies;
  sight: Sight;
  db: EndpointInput<unknown, unknown>["context"]["db"];
  endsAt: number;
}

/** What there is; else what comes first. Without `since` the answer says where the stream is, at once. */
async function nextFrames(waiter: Waiter, reading: StreamReading): Promise<{ answer: EventsView; waited: boolean }> {
  const { c, listening, deps, sight, db, endsAt } = waiter;
  const response = c.env?.outgoing;
  let gone = false;
  const leave = () => {
    gone = true;
    listening.end();
  };
  response?.once("close", leave);
  try {
    for (let waited = false; ; waited = true) {
      const answer = await readStream(db.kysely, reading);
      const passing = listening.passing().filter((frame) => isShown(sight, frame)) as EventsView["frames"];
      const frames = [...answer.frames, ...passing];
      const leftMs = endsAt - performance.now();
      if (frames.length > 0 || reading.since === null || leftMs <= 0 || gone || deps.news.stopping) {
        return { answer: { ...answer, frames }, waited: waited || passing.length > 0 };
      }
      await listening.next(leftMs);
    }
  } finally {
    response?.off("close", leave);
  }
}

type Context = EndpointInput<unknown, unknown>["context"];

/** Throws as the stream's socket refuses: 403 for the agents' stream, 404 for a stranger's conversation. */
async function requireReader({ actor, db }: Context, deps: ApiDependencies, stream: string): Promise<void> {
  const conversationId = conversationOf(stream);
  if (conversationId === null) requirePermission(actor, "agents_stream.watch");
  else await enterChat(db, deps.config.AGENT_VISIBILITY, { actor, conversationId });
}

async function requireStillThere(context: Context, deps: ApiDependencies, stream: string): Promise<void> {
  const { actor, db } = context;
  if (actor.kind === "user" && actor.id !== null) {
    const standing = await readStanding(db.kysely, actor.id);
    if (!standing || standing.disabled || standing.role !== actor.role) {
      throw new Refusal("unauthorized", "This token is good no more.");
    }
  }
  await requireReader(context, deps, stream);
}
