import { Command, Option } from "commander";
import { retryDeliveries, retryDelivery } from "../../src/commands/retry-deliveries.js";
import {
  type DeliveryFilters,
  type DeliveryRow,
  listDeliveries,
  readAttempts,
  readDelivery,
} from "../../src/db/queries/read-deliveries.js";
import { bounceCommands } from "../deliveries/bounces.js";
import { type Desk, withDesk } from "../desk.js";
import { Failure, UsageError } from "../failure.js";
import { formatAge } from "../format-time.js";
import { operator } from "../operator.js";
import { wholeNumber } from "../options.js";
import { formatList, note, say, sayJson } from "../output.js";

interface Filters {
  status?: DeliveryFilters["status"];
  channel?: DeliveryFilters["channel"];
  webhook?: number;
  conversation?: number;
}

interface Common {
  json?: true;
}

const idMax = Number.MAX_SAFE_INTEGER;
const statuses = ["pending", "parked", "sent", "failed"];
const channels = ["socket", "webhook", "email"];

const filtersOf = ({ status, channel, webhook, conversation }: Filters): DeliveryFilters => ({
  ...{ status, channel, webhookId: webhook, conversationId: conversation },
});

const kindOf = (row: DeliveryRow) => (row.isReply ? "reply" : (row.eventType ?? "event"));
const placeOf = (row: DeliveryRow) => (row.webhookId === null ? row.channel : `webhook ${row.webhookId}`);

/** A delivery in the words of the API. */
function viewOf(row: DeliveryRow): Record<string, unknown> {
  return {
    ...{ id: row.id, stable_id: row.stableId, channel: row.channel, status: row.status, webhook_id: row.webhookId },
    ...{ kind: kindOf(row), message_id: row.ticketId, conversation_id: row.conversationId, event_seq: row.eventSeq },
    ...{ attempts: row.attempts, out_of_order: row.outOfOrder, last_error: row.lastError },
    ...{ behind: row.behind, next_attempt_at: row.nextAttemptAt, sent_at: row.sentAt, created_at: row.createdAt },
  };
}

async function list(options: Filters & Common & { limit: number }): Promise<void> {
  await withDesk(async ({ db }) => {
    const found = { filters: filtersOf(options), beforeId: undefined, limit: options.limit };
    const rows = await listDeliveries(db.kysely, found);
    if (options.json) return sayJson(rows.map(viewOf));
    if (rows.length === 0) return say("nothing of that kind");
    const lines = rows.map((row) => [
      ...[String(row.id), formatAge(Date.now() - row.createdAt.getTime()), placeOf(row), kindOf(row), row.status],
      ...[String(row.attempts), row.outOfOrder ? "yes" : "", row.lastError ?? ""],
    ]);
    say(formatList(["id", "age", "to", "what", "status", "tries", "out of order", "last error"], lines, [0, 5]));
  });
}

async function show(id: number, options: Common): Promise<void> {
  await withDesk(async ({ db }) => {
    const row = await readDelivery(db.kysely, id);
    if (!row) throw new Failure(`there is no delivery ${id}`);
    const attempts = await readAttempts(db.kysely, id);
    if (options.json) return sayJson({ ...viewOf(row), attempts_kept: attempts });
    const pairs = Object.entries(viewOf(row)).map(([name, value]) => [name, shown(value)]);
    say(formatList(["delivery", String(id)], pairs));
    if (attempts.length === 0) return say("no attempt is kept");
    const lines = attempts.map((each) => [
      ...[String(each.attempt), each.at.toISOString(), `${each.durationMs} ms`, each.outcome, each.error ?? ""],
      JSON.stringify(each.answer),
    ]);
    say(formatList(["try", "at", "took", "outcome", "error", "answer"], lines, [0]));
    say(`last request\n${JSON.stringify(attempts[0]?.request, null, 2)}`);
  });
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "-";
  return value instanceof Date ? value.toISOString() : String(value);
}

const contextOf = ({ db, config }: Desk) => ({
  ...{ db, actor: operator(), requestId: null, limits: config, wake: () => undefined },
});

async function retry(ids: number[], options: Filters & Common & { all?: true }): Promise<void> {
  if (ids.length > 0 && options.all) throw new UsageError("say ids, or --all with filters, not both");
  if (ids.length === 0 && !options.all)
    throw new UsageError("say which: ids, or --all (of a --webhook, a --channel …)");
  await withDesk(async (desk) => {
    const ctx = contextOf(desk);
    let retried = ids.length;
    if (options.all) retried = await retryDeliveries(ctx, filtersOf(options));
    else for (const id of ids) await retryDelivery(ctx, { id });
    if (options.json) return sayJson({ retried });
    say(`${retried} are due again`);
    if (retried > 0) note("a worker takes them; those of a disabled webhook wait until it is enabled");
  });
}

const narrowed = (command: Command) =>
  command
    .addOption(new Option("--channel <channel>", "only these").choices(channels))
    .option("--webhook <id>", "only of that webhook", wholeNumber(1, idMax))
    .option("--conversation <id>", "only of that conversation", wholeNumber(1, idMax));

/** `switchboard deliveries`: what leaves the desk. */
export function deliveriesCommand(): Command {
  const deliveries = new Command("deliveries")
    .description("What leaves the desk: replies and events, by socket, webhook and mail.")
    .addHelpText("after", "\nExample:\n  $ switchboard deliveries ls --status failed");
  narrowed(deliveries.command("ls"))
    .description("Deliveries, the newest first; `--status failed` are the dead letters.")
    .addOption(new Option("--status <status>", "only these").choices(statuses))
    .option("--limit <n>", "rows that are shown", wholeNumber(1, 1000), 50)
    .option("--json", "a list, in the API's words")
    .addHelpText("after", "\nExample:\n  $ switchboard deliveries ls --webhook 3 --status parked")
    .action(list);
  deliveries
    .command("show")
    .description("One delivery with its latest ten attempts: what was asked, what was answered, redacted.")
    .argument("<id>", "the delivery", wholeNumber(1, idMax))
    .option("--json", "the delivery, and attempts_kept")
    .addHelpText("after", "\nExample:\n  $ switchboard deliveries show 4711")
    .action(show);
  narrowed(deliveries.command("retry"))
    .description(
      "Send dead letters, or parked ones by their ids, again: due now, with their tries anew and the same ids.",
    )
    .argument("[ids...]", "deliveries", (text: string, before: number[] = []) => [
      ...before,
      wholeNumber(1, idMax)(text),
    ])
    .option("--all", "all dead letters that the filters ask for")
    .option("--json", "retried")
    .addHelpText("after", "\nExample:\n  $ switchboard deliveries retry --all --webhook 3")
    .action((ids: number[] | undefined, options) => retry(ids ?? [], options));
  for (const command of bounceCommands()) deliveries.addCommand(command);
  return deliveries;
}
