import { parseArgs } from "node:util";
import { StartError } from "./start-error.js";

/** What `npm start -- …` was asked for. */
export interface StartOptions {
  /** Remove the data first. */
  fresh: boolean;
  /** false: no demo data, only the first admin. */
  demo: boolean;
  /** Generated messages to import; null: the demo data's own few. */
  messages: number | null;
  help: boolean;
}

const mostMessages = 1_000_000;

export const usage = `npm start [-- options]

  --fresh        remove this system's data in DATA_DIR first
  --no-demo      no demo data: only the first admin
  --messages N   import N generated messages (at most ${mostMessages})
  --help         this text

Settings are environment variables: see .env.example.
`;

/** Parses the command line. Throws StartError (exit 2) with one sentence for what it does not know. */
export function parseStartOptions(args: string[]): StartOptions {
  let values: { fresh?: boolean; "no-demo"?: boolean; messages?: string; help?: boolean };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        fresh: { type: "boolean" },
        "no-demo": { type: "boolean" },
        messages: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    const sentence = error instanceof Error ? (error.message.split(/[.\n]/)[0] ?? "") : String(error);
    throw new StartError(`${sentence}; there are --fresh, --no-demo, --messages N, --help`, 2);
  }
  const messages = values.messages === undefined ? null : Number(values.messages);
  if (messages !== null && (!/^\d+$/.test(values.messages ?? "") || messages > mostMessages)) {
    throw new StartError(`--messages takes a number from 0 to ${mostMessages}, not "${values.messages}"`, 2);
  }
  const demo = !values["no-demo"];
  if (!demo && messages !== null) throw new StartError("--no-demo and --messages exclude each other", 2);
  return { fresh: values.fresh ?? false, demo, messages, help: values.help ?? false };
}
