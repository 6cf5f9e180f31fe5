import { deskStream } from "../contract/events.js";
import { type OutboxEvent, outboxEvent } from "../db/outbox.js";

/** The fact that an agent can take more, and the job that follows from it. */
export function roomFreed(agentId: number, reason: string): OutboxEvent {
  return outboxEvent({
    stream: deskStream,
    type: "room_freed",
    payload: { agent_id: agentId, reason },
    job: { stage: "assign", subjectId: agentId },
  });
}
