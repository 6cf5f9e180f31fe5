import { agentsStream } from "../../../contract/events.js";
import { presenceRequest } from "../../../contract/http/message-requests.js";
import { readTicketPlace } from "../../../db/queries/in-sight.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { requireActing } from "../require-acting.js";

/** Tells the other agents who looks at a message or types. Shown and forgotten: a bus that is away loses it. */
export const presence = endpoint({
  method: "post",
  path: "/api/messages/{id}/presence/",
  tag: "Messages",
  summary: "Say that you are looking at a message",
  policy: "message.presence",
  noun: "message_not_found",
  body: presenceRequest,
  fieldCodes: { agent_id: "invalid_agent_id" },
  answers: { 204: { description: "Told to the others" } },
  refusals: ["agent_not_found", "not_your_agent"],
  run: async ({ id, body, caller, context, deps }) => {
    const place = await readTicketPlace(context.db.kysely, id);
    if (!place) throw new Refusal("message_not_found", "There is no such message.");
    await requireActing(context, body.agent_id);
    const { actor } = caller;
    const frame = {
      message_id: id,
      agent_id: actor.id,
      name: actor.name,
      state: body.state,
      queue: place.queue,
      assigned_to: place.assigneeId,
    };
    await deps.bus
      .publishEphemeral({ stream: agentsStream, frame: { type: "ticket_presence", stream: agentsStream, ...frame } })
      .catch((error: unknown) => deps.logger.debug({ err: error, message_id: id }, "presence was lost"));
    return { status: 204 };
  },
});
