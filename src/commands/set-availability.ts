import type { AgentPresence } from "../contract/agent-presence.js";
import { appendEvents } from "../db/outbox.js";
import {
  type Availability,
  markSocketSeen,
  promiseOnline,
  readStanding,
  writeStanding,
} from "../db/queries/agent-liveness.js";
import { countHeld, lockAgent } from "../db/queries/lock-agent.js";
import { Refusal } from "../domain/errors.js";
import { requireOwnAgent } from "../domain/policy.js";
import { recordActForAnother } from "./audit.js";
import { type CommandContext, transact } from "./context.js";
import { roomFreed } from "./room-freed.js";

/**
 * An agent says whether work may be pushed to it. Online by a call lasts `leaseMinutes` (0: for ever) from now, and each
 * signed-in call of the agent renews it; with a socket open it is online as long as that is. Coming online asks for the stage `assign`. Returns how it stands if that
 * changed, else null. Throws `agent_not_found`, `not_your_agent`.
 */
export async function setAvailability(
  ctx: CommandContext,
  input: { agentId: number; availability: Availability; leaseMinutes: number },
): Promise<AgentPresence | null> {
  const { agentId, availability, leaseMinutes } = input;
  return transact(ctx, async (tx) => {
    if (!(await lockAgent(tx, agentId))) throw new Refusal("agent_not_found", "There is no such agent.");
    requireOwnAgent(ctx.actor, agentId);
    const before = await readStanding(tx, agentId);
    if (availability === "online" && before.hasSocket) {
      await writeStanding(tx, agentId, { availability, by: "socket" });
      await markSocketSeen(tx, agentId, true);
    } else {
      await writeStanding(tx, agentId, { availability, by: "call" });
      if (availability === "online") await promiseOnline(tx, agentId, leaseMinutes);
    }
    await recordActForAnother(tx, ctx, agentId, {
      action: "agent.availability",
      subject: { kind: "agent", id: agentId },
      before: { availability: before.effective },
      after: { availability },
    });
    if (before.effective === availability) return null;
    if (availability === "online") await appendEvents(tx, [roomFreed(agentId, "online")], ctx.requestId);
    return { agentId, availability, openTickets: await countHeld(tx, agentId) };
  });
}
