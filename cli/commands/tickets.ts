import { Command, InvalidArgumentError, Option } from "commander";
import { releaseTicket } from "../../src/commands/release-ticket.js";
import { readHandOvers, readMessagesInShort, readTicketFacts } from "../../src/db/queries/explain-ticket.js";
import { scanTickets } from "../../src/db/queries/scan-tickets.js";
import { parseStatus, type TicketStatus, type UrgencyLevel, urgencyLevels } from "../../src/domain/ticket.js";
import { withDesk } from "../desk.js";
import { Failure } from "../failure.js";
import { operator } from "../operator.js";
import { wholeNumber } from "../options.js";
import { note, plain, say, sayJson } from "../output.js";
import { explainTicket } from "../tickets/explain-ticket.js";
import { readExplained } from "../tickets/read-explained.js";
import { factsJson, handOverJson, messageJson, sayTicket, sayTickets, scannedJson } from "../tickets/show-ticket.js";

interface JsonOption {
  json?: true;
}

interface ListOptions extends JsonOption {
  status?: TicketStatus;
  queue?: string;
  level?: UrgencyLevel;
  agent?: number;
  limit: number;
  cursor?: { place: string; id: number };
}

const messagesShown = 20;
const idMax = Number.MAX_SAFE_INTEGER;

const cursorOf = ({ place, id }: { place: string; id: number }) => Buffer.from(`${id} ${place}`).toString("base64url");

function parseCursor(text: string): { place: string; id: number } {
  const [id = "", place = ""] = Buffer.from(text, "base64url").toString("utf8").split(" ");
  if (!/^\d{1,15}$/.test(id) || Number.isNaN(Date.parse(place))) {
    throw new InvalidArgumentError("It is what the page before ended with.");
  }
  return { place, id: Number(id) };
}

function status(text: string): TicketStatus {
  const found = parseStatus(text);
  if (!found) throw new InvalidArgumentError("It is unassigned, in_progress or closed.");
  return found;
}

async function list(options: ListOptions): Promise<void> {
  await withDesk(async ({ db }) => {
    const { status, queue, level, agent, limit, cursor: after } = options;
    const filters = { status, queue, level, agentId: agent };
    const rows = await scanTickets(db.kysely, { filters, after, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last ? cursorOf(last) : null;
    if (options.json) return sayJson({ results: page.map(scannedJson), next });
    if (page.length === 0) return say("no such tickets");
    sayTickets(page);
    if (next !== null) note(`go on with --cursor ${next}`);
  });
}

async function show(id: number, options: JsonOption): Promise<void> {
  await withDesk(async ({ db: { kysely } }) => {
    const facts = await readTicketFacts(kysely, id);
    if (!facts) throw new Failure(`there is no ticket ${id}`);
    const messages = await readMessagesInShort(kysely, facts.conversationId, messagesShown);
    const history = await readHandOvers(kysely, id);
    if (!options.json) return sayTicket(facts, messages, history);
    sayJson({ ...factsJson(facts), messages: messages.map(messageJson), history: history.map(handOverJson) });
  });
}

async function why(id: number, options: JsonOption): Promise<void> {
  await withDesk(async ({ db }) => {
    const explained = await readExplained(db, id);
    const sentences = explainTicket(explained);
    if (!options.json) {
      for (const sentence of sentences) say(`${/^ */.exec(sentence)?.[0] ?? ""}${plain(sentence)}`);
      return;
    }
    const { facts, handOvers, waiting } = explained;
    sayJson({
      ticket: factsJson(facts),
      history: handOvers.map(handOverJson),
      waiting: waiting && {
        before: waiting.place.before,
        before_in_queue: waiting.place.inQueue,
        agents: waiting.agents.map(({ id, name, availability, alive, held, capacity }) => {
          return { agent_id: id, name, availability, alive, held, capacity };
        }),
        agents_of_customer: waiting.ofCustomer.map((agent) => agent.id),
      },
      explanation: sentences.map((sentence) => sentence.trim()),
    });
  });
}

async function release(id: number, options: JsonOption): Promise<void> {
  await withDesk(async ({ config, db }) => {
    const before = await readTicketFacts(db.kysely, id);
    // The sequencer looks by itself every 50 ms: no hint is needed.
    const ctx = { db, actor: operator(), requestId: null, limits: config, wake: () => undefined };
    await releaseTicket(ctx, { ticketId: id });
    const from = before?.assignee ?? null;
    if (options.json) sayJson({ id, status: "unassigned", from: from?.id ?? null });
    else say(`ticket ${id} waits again, its age kept${from ? `; it was with ${plain(from.name)}` : ""}`);
  });
}

const example = (line: string) => `\nExample:\n  $ switchboard tickets ${line}`;
const ticketId = wholeNumber(1, idMax);

/** `switchboard tickets`: tickets looked at, explained, and given back. */
export function ticketsCommand(): Command {
  const tickets = new Command("tickets")
    .description("List and show tickets, tell why one is where it is, release one.")
    .addHelpText("after", example("why 12"));
  tickets
    .command("ls")
    .description("Tickets, the newest first; with --status unassigned in the order of the queue.")
    .option("--status <status>", "unassigned, in_progress or closed", status)
    .option("--queue <name>", "of this queue")
    .addOption(new Option("--level <level>", "of this urgency").choices(urgencyLevels))
    .option("--agent <id>", "with this agent", wholeNumber(1, idMax))
    .option("--limit <n>", "so many at most", wholeNumber(1, 1000), 50)
    .option("--cursor <cursor>", "go on where a page ended", parseCursor)
    .option("--json", "results, next")
    .addHelpText("after", example("ls --status unassigned --level critical"))
    .action(list);
  tickets
    .command("show")
    .description("One ticket: its customer, its last messages in short, its history.")
    .argument("<id>", "the ticket's id", ticketId)
    .option("--json", "the ticket with messages and history")
    .addHelpText("after", example("show 12"))
    .action(show);
  tickets
    .command("why")
    .description(
      "Why a ticket is where it is: who was considered, who was full, which rule chose; or what it waits for.",
    )
    .argument("<id>", "the ticket's id", ticketId)
    .option("--json", "ticket, history with the stored decisions, waiting, explanation (the sentences)")
    .addHelpText("after", example("why 12"))
    .action(why);
  tickets
    .command("release")
    .description("Give an owned ticket back to the queue, its age kept, as an admin does.")
    .argument("<id>", "the ticket's id", ticketId)
    .option("--json", "id, status, from")
    .addHelpText("after", example("release 12"))
    .action(release);
  return tickets;
}
