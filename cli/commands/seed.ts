import { randomBytes } from "node:crypto";
import { Command } from "commander";
import { createApiKey } from "../../src/commands/create-api-key.js";
import { type ImportBatch, importMessages } from "../../src/commands/import-messages.js";
import { seedConversations } from "../../src/commands/seed-conversations.js";
import { demoAgentsMax, hasTickets, type Seeded, seedDemo } from "../../src/commands/seed-demo.js";
import { accessToken } from "../access-token.js";
import { demoBatches, demoTexts, readCannedReplies, readPrompts, readThreads } from "../demo-data.js";
import { type Desk, withDesk } from "../desk.js";
import { Failure } from "../failure.js";
import { generatedBatches } from "../generated-messages.js";
import { recordOperatorsAct } from "../operator.js";
import { wholeNumber } from "../options.js";
import { formatTable, note, say, sayJson } from "../output.js";

interface Options {
  agents: number;
  messages: number;
  demo?: true;
  apiKey?: true;
  json?: true;
}

const messagesMax = 10_000_000;
const demoAdmin = { email: "admin@demo.switchboard.local", password: "demo-admin" };

/** ADMIN_EMAIL and ADMIN_PASSWORD; the demo's on the embedded database, a random password anywhere else. */
function adminOf({ config }: Desk): { email: string; password: string } {
  const email = config.ADMIN_EMAIL ?? demoAdmin.email;
  const fallback = config.embedded ? demoAdmin.password : randomBytes(12).toString("base64url");
  return { email, password: config.ADMIN_PASSWORD ?? fallback };
}

async function importAll(desk: Desk, name: string, batches: AsyncIterable<ImportBatch>): Promise<number> {
  const ctx = { db: desk.db, limits: desk.config, wake: () => undefined };
  const done = await importMessages(ctx, batches, {
    file: { key: `seed:${name}`, name },
    keepAge: false,
    signal: new AbortController().signal,
    onBatch: () => undefined,
  });
  return done.imported;
}

async function seed(options: Options): Promise<void> {
  await withDesk(async (desk) => {
    const admin = adminOf(desk);
    const { agents, messages, demo = false, apiKey = false } = options;
    const after = { agents, messages, demo, with_api_key: apiKey };
    await recordOperatorsAct(desk.db, { action: "desk.seed", subject: { kind: "desk", id: null }, after });
    const seeded = await seedDemo(
      { db: desk.db },
      {
        agents: options.agents,
        capacity: desk.config.TICKET_CAPACITY,
        admin,
        passwords: desk.config.embedded,
        canned: await readCannedReplies(),
        prompts: await readPrompts(),
      },
    );
    let imported = 0;
    if (options.demo && !(await hasTickets(desk.db))) imported += await importAll(desk, "demo", demoBatches());
    if (options.messages > 0) {
      const batches = generatedBatches(await demoTexts(), options.messages);
      imported += await importAll(desk, `generated-${options.messages}`, batches);
    }
    const talks = await seedConversations(
      { db: desk.db, limits: desk.config },
      { people: seeded, threads: await readThreads() },
    );
    const key = options.apiKey
      ? await createApiKey({ db: desk.db }, { name: "seed", createdBy: seeded.admin.id })
      : null;
    await print(desk, seeded, {
      password: admin.password,
      imported,
      talks,
      apiKey: key?.key,
      json: options.json ?? false,
      tokens: !options.demo,
    });
  }, 4);
}

interface Printed {
  password: string;
  imported: number;
  /** Conversations that were made. */
  talks: number;
  apiKey: string | undefined;
  json: boolean;
  /** With --demo the output is a log's, which no token reaches. */
  tokens: boolean;
}

async function print(desk: Desk, { admin, agents, customer }: Seeded, printed: Printed): Promise<void> {
  // Who was disabled or erased since has none, and the rest is said all the same.
  const token = (id: number) =>
    accessToken(desk, id).catch((error: unknown) => {
      if (error instanceof Failure) return null;
      throw error;
    });
  const answer = {
    admin: { id: admin.id, email: admin.email, token: await token(admin.id) },
    agents: await Promise.all(agents.map(async ({ id, name }) => ({ id, name, token: await token(id) }))),
    customer: { id: customer.id, user_id: customer.userId, token: await token(customer.id) },
    ...(printed.apiKey === undefined ? {} : { api_key: printed.apiKey }),
    imported: printed.imported,
  };
  if (printed.json) {
    sayJson(answer);
    return;
  }
  if (printed.tokens) {
    const people = [
      { who: `admin ${admin.email ?? ""}`, id: admin.id, token: answer.admin.token },
      ...answer.agents.map((agent) => ({ who: agent.name, id: agent.id, token: agent.token })),
      { who: `customer ${customer.userId}`, id: customer.id, token: answer.customer.token },
    ];
    for (const person of people) say(`${person.id}\t${person.who}\n${person.token ?? "disabled"}\n`);
  }
  if (admin.made && desk.config.ADMIN_PASSWORD === undefined) note(`the admin's password: ${printed.password}`);
  if (desk.config.embedded) note("agents sign in with agent<n>@demo.switchboard.local and demo-agent-<n>");
  const counts = [
    ["agents", String(agents.length)],
    ["messages imported", String(printed.imported)],
    ["conversations made", String(printed.talks)],
  ];
  say(formatTable(["made or found", ""], counts, 1));
  if (printed.apiKey !== undefined) say(`API key (shown once): ${printed.apiKey}`);
}

/** `switchboard seed`: the demo's people, canned replies and prompts, and tokens for scripts. */
export function seedCommand(): Command {
  return new Command("seed")
    .description(
      "Make the first admin, demo agents 1 to n, canned replies, prompts, demo customers and their conversations, and " +
        "print tokens that live 12 hours. Twice is harmless.",
    )
    .option("--agents <n>", "demo agents", wholeNumber(0, demoAgentsMax), 7)
    .option("--messages <n>", "generated messages to import", wholeNumber(0, messagesMax), 0)
    .option("--demo", "import the demo messages too, if there are no messages yet")
    .option("--api-key", "make a key for server-to-server intake")
    .option("--json", "one line of JSON: admin, agents, customer, imported")
    .addHelpText("after", "\nExample:\n  $ switchboard seed --agents 3 --json")
    .action(seed);
}
