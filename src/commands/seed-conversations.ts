import { bindDatabase } from "../db/bound-database.js";
import type { Database } from "../db/database.js";
import { inClientTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import type { DisputeStatus, JobStatus, PaymentStatus } from "../domain/matters.js";
import type { Actor } from "../domain/policy.js";
import { invariant } from "../runtime/invariant.js";
import { changeDispute } from "./change-dispute.js";
import { changePayment } from "./change-payment.js";
import type { CommandContext, CommandLimits } from "./context.js";
import { createDispute } from "./create-dispute.js";
import { initiatePayment } from "./initiate-payment.js";
import { markRead } from "./mark-read.js";
import { openThread } from "./open-thread.js";
import { postBotMessage } from "./post-bot-message.js";
import { postMessage } from "./post-message.js";
import { respondAsUser } from "./respond-as-user.js";
import type { Seeded } from "./seed-demo.js";
import { updateJob } from "./update-job.js";

type Who = "customer" | "freelancer" | "agent" | "admin";

/** One thing that somebody does in a demo thread. */
type DemoStep = { by: Who } & (
  | { say: string }
  | { job: JobStatus; note?: string }
  | { pay: number; currency: string; for: string }
  | { payment: PaymentStatus; note?: string }
  | { dispute: string; description: string; amount?: number }
  | { disputed: DisputeStatus; note?: string }
  | { read: true }
);

/** A thread of the demo; without an agent in the desk those with one are left out. */
export interface DemoThread {
  job_id: number | null;
  title: string;
  between: Who[];
  steps: DemoStep[];
}

export interface TalksToSeed {
  people: Pick<Seeded, "admin" | "agents" | "customer" | "freelancer">;
  threads: readonly DemoThread[];
}

const botTalk = {
  clientId: "demo-bot-talk",
  question: "Hello, how many days do I have to repay the loan?",
  answer:
    "A loan is repaid within thirty days. Tell us before the due date when you need longer: the date can be moved by a week.",
};

/**
 * The demo's conversations, made as people make them, by the commands: threads with their payments and disputes, and a
 * talk with the bot. No ticket: the ids of messages stay those of the import. Each is made whole or not at all, and one
 * that is there stays as it is: twice is harmless. Answers how many were made.
 */
export async function seedConversations(
  ctx: { db: Database; limits: CommandLimits },
  { people, threads }: TalksToSeed,
): Promise<number> {
  const [agent] = people.agents;
  const actors: Partial<Record<Who, Actor & { id: number }>> = {
    customer: actorOf(people.customer),
    freelancer: actorOf(people.freelancer),
    admin: actorOf(people.admin),
    ...(agent ? { agent: actorOf(agent) } : {}),
  };
  const talks = threads
    .filter(({ between }) => between.every((who) => actors[who]))
    .map((thread) => (as: As) => playThread(as, thread, actors));
  let made = 0;
  for (const play of [...talks, talkWithBot]) {
    const isNew = await inClientTransaction(ctx.db, (client) => {
      const db = bindDatabase(client);
      const as: As = (who) => {
        const actor = actors[who];
        invariant(actor, `the demo has no ${who}`);
        return { db, limits: ctx.limits, actor, requestId: null, wake: () => undefined };
      };
      return play(as);
    }).catch(notAnyMore);
    if (isNew) made++;
  }
  return made;
}

type As = (who: Who) => CommandContext;

/** Somebody of the demo was disabled or erased since: what it took part in is not made again. */
function notAnyMore(error: unknown): false {
  if (error instanceof Refusal) return false;
  throw error;
}

/** Whoever does it, the command line did: the audit log says so. */
function actorOf({ id, role, name }: { id: number; role: Actor["role"]; name: string }): Actor & { id: number } {
  return { kind: "cli", id, role, name };
}

async function playThread(as: As, thread: DemoThread, actors: Partial<Record<Who, { id: number }>>): Promise<boolean> {
  const [opener] = thread.between;
  invariant(opener, "somebody opens a thread");
  const { conversationId, isNew } = await openThread(as(opener), {
    participantIds: thread.between.flatMap((who) => actors[who]?.id ?? []),
    title: thread.title,
    ...(thread.job_id === null ? {} : { jobId: thread.job_id }),
  });
  if (!isNew) return false;
  let paymentId = 0;
  let disputeId = 0;
  for (const step of thread.steps) {
    const ctx = as(step.by);
    if ("say" in step) await postMessage(ctx, { conversationId, text: step.say });
    else if ("job" in step) await updateJob(ctx, { conversationId, jobStatus: step.job, note: step.note });
    else if ("pay" in step) {
      const input = { conversationId, amount: step.pay, currency: step.currency, description: step.for };
      paymentId = (await initiatePayment(ctx, input)).payment.id;
    } else if ("payment" in step) await changePayment(ctx, { paymentId, status: step.payment, note: step.note });
    else if ("dispute" in step) {
      const { dispute: subject, description, amount } = step;
      disputeId = (await createDispute(ctx, { conversationId, subject, description, amount })).disputeId;
    } else if ("disputed" in step) await changeDispute(ctx, { disputeId, status: step.disputed, note: step.note });
    else await markRead(ctx, { conversationId });
  }
  return true;
}

async function talkWithBot(as: As): Promise<boolean> {
  const { clientId, question: text, answer } = botTalk;
  const ctx = as("customer");
  const { conversationId, isNew } = await respondAsUser(ctx, { text, clientId, opens: "bot" });
  if (isNew) await postBotMessage(ctx, { conversationId, text: answer, answers: 1 });
  return isNew;
}
