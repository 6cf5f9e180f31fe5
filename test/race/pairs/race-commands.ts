import { addNote } from "../../../src/commands/add-note.js";
import { assignWaiting } from "../../../src/commands/assign-waiting.js";
import { claimTicket } from "../../../src/commands/claim-ticket.js";
import type { CommandContext } from "../../../src/commands/context.js";
import { correctUrgency } from "../../../src/commands/correct-urgency.js";
import { deleteAgent } from "../../../src/commands/delete-agent.js";
import { deleteTicket } from "../../../src/commands/delete-ticket.js";
import { eraseCustomer } from "../../../src/commands/erase-customer.js";
import type { FillContext } from "../../../src/commands/fill-agent.js";
import { GatheredPulls } from "../../../src/commands/gathered-pulls.js";
import { GatheredReplies } from "../../../src/commands/gathered-replies.js";
import { receiveMessage } from "../../../src/commands/receive-message.js";
import { releaseTicket } from "../../../src/commands/release-ticket.js";
import { reopenTicket } from "../../../src/commands/reopen-ticket.js";
import { type ReplyInput, replyToTicket } from "../../../src/commands/reply-to-ticket.js";
import { replyWithCanned } from "../../../src/commands/reply-with-canned.js";
import { routeTickets } from "../../../src/commands/route-tickets.js";
import { scoreMessages } from "../../../src/commands/score-messages.js";
import { sellTicket } from "../../../src/commands/sell-ticket.js";
import { snoozeTicket } from "../../../src/commands/snooze-ticket.js";
import { takeBackLeases } from "../../../src/commands/take-back-leases.js";
import { transferTicket } from "../../../src/commands/transfer-ticket.js";
import { updateAgent } from "../../../src/commands/update-agent.js";
import { updateTicket } from "../../../src/commands/update-ticket.js";
import { wakeSnoozed } from "../../../src/commands/wake-snoozed.js";
import type { Actor } from "../../../src/domain/policy.js";
import { admin } from "../../support/desk.js";
import { ids } from "./case-sql.js";

/** What a command is run with: contexts of the process that it runs in. */
export interface RaceContext {
  as(actor: Actor): CommandContext;
  fills: FillContext;
}

export interface RaceCommand {
  name: string;
  /** It takes waiting tickets with SKIP LOCKED: it may pass over one that somebody holds at that moment. */
  passesOver?: true;
  /** It is several transactions on purpose: what others do between them is in no serial order. Audited all the same. */
  inSteps?: true;
  /** How it ends when it found that it was overtaken and left things to whoever overtook it, as it may by design. */
  yields?: string;
  /** It says something to the customer, when it is accepted. */
  replies?: true;
  run(context: RaceContext): Promise<unknown>;
}

const ann: Actor = { kind: "user", id: ids.ann, role: "agent", name: "ann" };
const ben: Actor = { kind: "user", id: ids.ben, role: "agent", name: "ben" };
const ticketId = ids.ticket;
const soon = () => new Date(Date.now() + 3 * 3_600_000);

/** As the API pulls: with others where nobody holds the agent, else alone. */
const pull = async (agentId: number, { fills }: RaceContext) => {
  const pulls = new GatheredPulls({ db: fills.db, wake: () => undefined, queueMax: 10 });
  const { name, capacity, held, taken } = await pulls.pull(fills, agentId);
  return { name, capacity, held, taken };
};

/** As the API replies: with others where nothing stands against it, else alone. */
const gathered = (ctx: CommandContext, input: ReplyInput) =>
  new GatheredReplies({ db: ctx.db, wake: () => undefined, flushRows: 256, queueMax: 10 }).reply(ctx, input);

/** Everything that touches a ticket, each as somebody does it. Whose names stand alone are done by an admin or by the desk. */
export const raceCommands: readonly RaceCommand[] = [
  { name: "ann claims", run: (c) => claimTicket(c.as(ann), { ticketId, agentId: ids.ann }) },
  { name: "ben claims", run: (c) => claimTicket(c.as(ben), { ticketId, agentId: ids.ben }) },
  { name: "ann claims walt's", run: (c) => claimTicket(c.as(ann), { ticketId: ids.other, agentId: ids.ann }) },
  {
    name: "ann replies",
    replies: true,
    run: (c) => gathered(c.as(ann), { ticketId, agentId: ids.ann, text: "Done." }),
  },
  {
    name: "ann replies to what she saw",
    replies: true,
    run: (c) => replyToTicket(c.as(ann), { ticketId, agentId: ids.ann, text: "Seen.", version: 2 }),
  },
  {
    name: "ann answers and keeps it",
    replies: true,
    run: (c) => replyToTicket(c.as(ann), { ticketId, agentId: ids.ann, text: "A moment.", keepOpen: true }),
  },
  {
    name: "ben replies",
    replies: true,
    run: (c) => gathered(c.as(ben), { ticketId, agentId: ids.ben, text: "Ben's." }),
  },
  {
    name: "ann replies canned",
    replies: true,
    run: (c) => replyWithCanned(c.as(ann), { ticketId, agentId: ids.ann, cannedId: ids.canned }),
  },
  { name: "ann releases", run: (c) => releaseTicket(c.as(ann), { ticketId }) },
  { name: "release", run: (c) => releaseTicket(c.as(admin), { ticketId }) },
  { name: "transfer to ben", run: (c) => transferTicket(c.as(admin), { ticketId, toAgentId: ids.ben }) },
  { name: "transfer to ann", run: (c) => transferTicket(c.as(admin), { ticketId, toAgentId: ids.ann }) },
  { name: "snooze", run: (c) => snoozeTicket(c.as(admin), { ticketId, until: soon() }) },
  { name: "wake", run: (c) => wakeSnoozed(c.as(admin), 10) },
  { name: "lease", run: (c) => takeBackLeases(c.as(admin), { minutes: 30, limit: 10 }) },
  { name: "ann sells", run: (c) => sellTicket(c.as(ann), { ticketId, agentId: ids.ann }) },
  { name: "reopen", run: (c) => reopenTicket(c.as(admin), { ticketId }) },
  {
    name: "cara writes",
    run: (c) => receiveMessage(c.as(admin), { userId: "cara", body: "Please hurry, it was urgent", replyTo: ticketId }),
  },
  { name: "delete", run: (c) => deleteTicket(c.as(admin), { ticketId }) },
  { name: "ann pulls", passesOver: true, run: (c) => pull(ids.ann, c) },
  { name: "ben pulls", passesOver: true, run: (c) => pull(ids.ben, c) },
  { name: "push", inSteps: true, run: (c) => assignWaiting(c.fills, new AbortController().signal) },
  { name: "urgency", run: (c) => correctUrgency(c.as(admin), { ticketId, level: "high", reason: "stolen" }) },
  {
    name: "score",
    // A text that is edited meanwhile: who edits asks for another score.
    yields: 'done {"scored":0,"skipped":1}',
    run: (c) => scoreMessages(c.as(admin), [ids.opening]),
  },
  { name: "route", run: (c) => routeTickets(c.as(admin), [ticketId]) },
  { name: "ben notes", run: (c) => addNote(c.as(ben), { ticketId, text: "Called back." }) },
  { name: "edit", run: (c) => updateTicket(c.as(admin), { ticketId, description: "All is well", priority: "high" }) },
  { name: "remove ann", run: (c) => deleteAgent(c.as(admin), { agentId: ids.ann }) },
  { name: "ann's capacity 2", run: (c) => updateAgent(c.as(admin), { agentId: ids.ann, capacity: 2 }) },
  { name: "ann's capacity 0", run: (c) => updateAgent(c.as(admin), { agentId: ids.ann, capacity: 0 }) },
  { name: "erase cara", inSteps: true, run: (c) => eraseCustomer(c.as(admin), { customerId: ids.cara }) },
];
