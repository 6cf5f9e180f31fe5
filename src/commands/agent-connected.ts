import type { AgentPresence } from "../contract/agent-presence.js";
import { appendEvents } from "../db/outbox.js";
import { markSocketSeen, readStanding, type Standing, writeStanding } from "../db/queries/agent-liveness.js";
import { countHeld, lockAgent } from "../db/queries/lock-agent.js";
import type { CommandContext } from "./context.js";
import { transact } from "./context.js";
import { roomFreed } from "./room-freed.js";

/**
 * A signed-in socket of an agent is there: it is online as long as the relay sees one. What it chose by a call stands
 * if a socket was seen within the last minute: a relay that restarts does not overrule a choice, a fresh sign-in does.
 * Asks for the stage `assign` when it came online. Returns how it stands if that changed; null also for who is no agent.
 */
export async function agentConnected(
  ctx: Pick<CommandContext, "db" | "wake">,
  agentId: number,
): Promise<AgentPresence | null> {
  return transact(ctx, async (tx) => {
    const agent = await lockAgent(tx, agentId);
    if (!agent) return null;
    const before = await readStanding(tx, agentId);
    await markSocketSeen(tx, agentId, before.by === "call");
    if (isChoice(before) && before.socketSeenLately) return null;
    if (before.availability !== "online" || before.by !== "socket") {
      await writeStanding(tx, agentId, { availability: "online", by: "socket" });
    }
    if (before.effective === "online") return null;
    await appendEvents(tx, [roomFreed(agentId, "online")], null);
    return { agentId, availability: "online", openTickets: await countHeld(tx, agentId) };
  });
}

function isChoice({ by, availability }: Standing): boolean {
  return by === "call" && availability !== "online";
}
