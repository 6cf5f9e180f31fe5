import { sql } from "kysely";
import type { Database } from "../db/database.js";
import { type CreatedUser, createUser } from "./create-user.js";
import { ensureFirstAdmin } from "./ensure-first-admin.js";

/** Ids that are left to the demo data (migration 0001): agents from 1 on, the customers last. */
export const demoAgentsMax = 900;
const demoCustomerId = 999;
const demoFreelancerId = 998;

export interface SeedInput {
  /** Agents 1 to n, named `Agent 1` … */
  agents: number;
  capacity: number;
  admin: { email: string; password: string };
  /** Demo agents and customers can sign in with `demo-agent-1` …, `demo-customer`, `demo-freelancer`; else by token only. */
  passwords: boolean;
  canned: readonly { id: number; title: string; shortcut: string | null; text: string }[];
  prompts: readonly { title: string; text: string; order: number }[];
}

export interface Seeded {
  admin: CreatedUser & { made: boolean };
  agents: CreatedUser[];
  customer: CreatedUser & { userId: string };
  /** The customer's other side in its threads. */
  freelancer: CreatedUser;
}

/** The demo's people, canned replies and prompts. What is there already stays as it is: twice is harmless. */
export async function seedDemo(ctx: { db: Database }, input: SeedInput): Promise<Seeded> {
  const admin = await ensureFirstAdmin(ctx, input.admin);
  // One after the other: the gate of passwords refuses who waits long in it, and the slower a machine the longer they would.
  const agents: CreatedUser[] = [];
  for (let id = 1; id <= input.agents; id++) {
    const agent = await findOrCreate(ctx, {
      id,
      role: "agent",
      name: `Agent ${id}`,
      email: `agent${id}@demo.switchboard.local`,
      password: input.passwords ? `demo-agent-${id}` : null,
      capacity: input.capacity,
    });
    agents.push(agent);
  }
  const userId = "demo-customer";
  const customer = await findOrCreate(ctx, {
    id: demoCustomerId,
    role: "customer",
    name: "Demo Customer",
    email: "customer@demo.switchboard.local",
    password: input.passwords ? "demo-customer" : null,
    userId,
  });
  const freelancer = await findOrCreate(ctx, {
    id: demoFreelancerId,
    role: "customer",
    name: "Demo Freelancer",
    email: "freelancer@demo.switchboard.local",
    password: input.passwords ? "demo-freelancer" : null,
    userId: "demo-freelancer",
  });
  await seedTexts(ctx.db, input);
  return { admin, agents, customer: { ...customer, userId }, freelancer };
}

async function findUser(db: Database, id: number): Promise<CreatedUser | undefined> {
  return db.kysely.selectFrom("users").select(["id", "role", "name", "email"]).where("id", "=", id).executeTakeFirst();
}

async function findOrCreate(
  ctx: { db: Database },
  user: Parameters<typeof createUser>[1] & { id: number },
): Promise<CreatedUser> {
  const found = await findUser(ctx.db, user.id);
  if (found) return found;
  try {
    return await createUser(ctx, user);
  } catch (error) {
    // Another seed made it at the same moment.
    const made = await findUser(ctx.db, user.id);
    if (made) return made;
    throw error;
  }
}

async function seedTexts(db: Database, { canned, prompts }: SeedInput): Promise<void> {
  if (canned.length > 0) {
    await db.kysely
      .insertInto("canned_replies")
      .values(canned.map(({ id, title, shortcut, text }) => ({ id, title, shortcut, text })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  if (prompts.length > 0) {
    await db.kysely
      .insertInto("prompts")
      .values(prompts.map(({ title, text, order }) => ({ title, text, sort_order: order })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Whether the desk has any ticket yet. */
export async function hasTickets(db: Database): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`SELECT EXISTS (SELECT 1 FROM tickets) AS found`.execute(db.kysely);
  return rows[0]?.found ?? false;
}
