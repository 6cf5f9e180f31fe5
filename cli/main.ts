#!/usr/bin/env node
import { Command, CommanderError } from "commander";

type Load = () => Promise<Command>;

/** Every command: what it does, and how its module is loaded. Only the one that is called is loaded: `--help` is quick. */
const commands: Record<string, { about: string; load: Load }> = {
  import: {
    about: "import messages from a CSV file",
    load: async () => (await import("./commands/import.js")).importCommand(),
  },
  seed: {
    about: "make demo agents, canned replies, prompts and a customer; print tokens",
    load: async () => (await import("./commands/seed.js")).seedCommand(),
  },
  user: {
    about: "add users, print tokens, set passwords",
    load: async () => (await import("./commands/user.js")).userCommand(),
  },
  queue: {
    about: "look at the stages and their jobs: counts, dead letters, retry, pause, watch",
    load: async () => (await import("./commands/queue.js")).queueCommand(),
  },
  tickets: {
    about: "list and show tickets, tell why one is where it is, release one",
    load: async () => (await import("./commands/tickets.js")).ticketsCommand(),
  },
  tail: {
    about: "print events live, as they are published",
    load: async () => (await import("./commands/tail.js")).tailCommand(),
  },
  outbox: {
    about: "what waits on its way out; enqueue the jobs of events again",
    load: async () => (await import("./commands/outbox.js")).outboxCommand(),
  },
  deliveries: {
    about: "what leaves the desk: list, look at one, send dead letters again",
    load: async () => (await import("./commands/deliveries.js")).deliveriesCommand(),
  },
  audit: {
    about: "look at the audit log: who did what to what",
    load: async () => (await import("./commands/audit.js")).auditCommand(),
  },
  urgency: {
    about: "explain, measure and train the urgency lexicon",
    load: async () => (await import("./commands/urgency.js")).urgencyCommand(),
  },
  migrate: {
    about: "bring the database's schema up to date, or show where it is",
    load: async () => (await import("./commands/migrate.js")).migrateCommand(),
  },
  "restore-done": {
    about: "last step of a restore: clients fetch everything anew",
    load: async () => (await import("./commands/restore-done.js")).restoreDoneCommand(),
  },
  doctor: {
    about: "check versions, database, queue, bus, clock and disk, and say what to do",
    load: async () => (await import("./commands/doctor.js")).doctorCommand(),
  },
  verify: {
    about: "prove on the running system that its promises hold",
    load: async () => (await import("./commands/verify.js")).verifyCommand(),
  },
  bench: {
    about: "measure intake, live latency and import on this machine",
    load: async () => (await import("./commands/bench.js")).benchCommand(),
  },
};

/** Usage errors are thrown, not exited on, in the whole tree. */
function strict(command: Command): Command {
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`switchboard: ${text.replace(/^error: /, "")}`) });
  for (const child of command.commands) strict(child);
  return command;
}

async function buildProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command("switchboard")
    .description("The working core of a customer-support desk.")
    .addHelpText("after", "\nExample:\n  $ switchboard import messages.csv\n  $ switchboard help import");
  const called = argv.find((word) => !word.startsWith("-") && word !== "help");
  for (const [name, { about, load }] of Object.entries(commands)) {
    if (name === called) program.addCommand(await load());
    else program.command(name).description(about);
  }
  return strict(program);
}

const usageExit = 2;

async function run(argv: readonly string[]): Promise<number> {
  try {
    const program = await buildProgram(argv);
    await program.parseAsync([...argv], { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) {
      const asked = ["commander.helpDisplayed", "commander.version"].includes(error.code);
      const helped = error.code === "commander.help" && argv.includes("help");
      return asked || helped ? 0 : usageExit;
    }
    const { explainError } = await import("./explain-error.js");
    const { lines, code } = explainError(error);
    process.stderr.write(`${lines.map((line) => `switchboard: ${line}`).join("\n")}\n`);
    return code;
  }
}

// A reader that goes away (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await run(process.argv.slice(2));
