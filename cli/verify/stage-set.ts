import { randomBytes } from "node:crypto";
import { createUser } from "../../src/commands/create-user.js";
import { agentsStream } from "../../src/contract/events.js";
import type { Database } from "../../src/db/database.js";
import { appendEvents, outboxEvent } from "../../src/db/outbox.js";
import { inTransaction } from "../../src/db/transaction.js";
import { accessToken } from "../access-token.js";
import type { Desk } from "../desk.js";

export interface Player {
  id: number;
  name: string;
  token: string;
}

/** The agents and the customer of a claim that is verified: made for it, removed after it with all that they left. */
export interface StageSet {
  agents: Player[];
  customer: Player & { userId: string };
  remove(): Promise<void>;
}

/** Makes them, with names that nobody else has. */
export async function makeStageSet(desk: Desk, agents: number): Promise<StageSet> {
  const run = randomBytes(4).toString("hex");
  const userId = `verify-${run}`;
  const players: Player[] = [];
  const ids: number[] = [];
  const make = async (role: "agent" | "customer", name: string): Promise<Player> => {
    const extra = role === "agent" ? { capacity: desk.config.TICKET_CAPACITY } : { userId };
    const user = await createUser({ db: desk.db }, { role, name, email: null, password: null, ...extra });
    ids.push(user.id);
    return { id: user.id, name, token: await accessToken(desk, user.id) };
  };
  const remove = () => removePeople(desk.db, ids);
  try {
    const customer = await make("customer", `Verify customer ${run}`);
    for (let n = 1; n <= agents; n++) players.push(await make("agent", `Verify ${run} ${n}`));
    return { agents: players, customer: { ...customer, userId }, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Removes the customer's conversations with their tickets, tells whoever watches, then removes the users. */
export async function removePeople(db: Database, userIds: readonly number[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    const tickets = await tx
      .selectFrom("tickets")
      .select(["id", "conversation_id"])
      .where("customer_id", "in", userIds)
      .orderBy("conversation_id")
      .execute();
    const conversations = [...new Set(tickets.map((ticket) => ticket.conversation_id))];
    if (conversations.length > 0) {
      await tx
        .selectFrom("conversations")
        .select("id")
        .where("id", "in", conversations)
        .orderBy("id")
        .forUpdate()
        .execute();
      await tx.deleteFrom("conversations").where("id", "in", conversations).execute();
    }
    // Threads and bots' conversations, which have no ticket: what was said there names its sender as well.
    const without = tx.selectFrom("participants").select("conversation_id").where("user_id", "in", userIds);
    await tx
      .deleteFrom("conversations")
      .where("kind", "<>", "support")
      .where((eb) => eb.or([eb("created_by", "in", userIds), eb("id", "in", without)]))
      .execute();
    const gone = tickets.map(({ id }) =>
      outboxEvent({ stream: agentsStream, type: "message_deleted", payload: { message_id: id } }),
    );
    await appendEvents(tx, gone, null);
    await tx.deleteFrom("users").where("id", "in", userIds).execute();
  });
}
