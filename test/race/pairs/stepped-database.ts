import { type Database, openDatabase } from "../../../src/db/database.js";

/** A statement that waits for its turn. */
interface Halted {
  text: string;
  go(): void;
}

/**
 * A process's database whose statements wait, one by one, until they are told to go: what a scheduler of interleavings
 * holds in its hand. A BEGIN never waits: in READ COMMITTED it decides nothing but `now()`, which so is as old as can be.
 */
export interface SteppedDatabase {
  readonly db: Database;
  /** From now on statements wait (true), or run as they come. */
  stepping: boolean;
  /** The statement that waits for its turn, if one does. */
  readonly halted: string | null;
  /** Sessions that have a statement at the server. */
  readonly flying: readonly number[];
  /** Called whenever `halted` or `flying` changes. */
  onChange: () => void;
  /** SQLSTATEs of the statements that failed since the last `forget`. */
  readonly failed: readonly string[];
  forget(): void;
  /** Lets the halted statement go. */
  step(): void;
}

const begins = /^\s*begin\b/i;

function textOf(first: unknown): string {
  if (typeof first === "string") return first;
  if (typeof first !== "object" || first === null) return "";
  const { text, name } = first as { text?: string; name?: string };
  return name ? `/* ${name} */ ${text ?? ""}` : (text ?? "");
}

export function openSteppedDatabase(url: string, name: string): SteppedDatabase {
  const db = openDatabase({ url, name, poolMax: 3 });
  const queue: Halted[] = [];
  const flying: number[] = [];
  const failed: string[] = [];
  const stepped = {
    db,
    stepping: false,
    onChange: () => undefined,
    get halted() {
      return queue[0]?.text ?? null;
    },
    flying,
    failed,
    forget: () => {
      failed.length = 0;
    },
    step: () => queue.shift()?.go(),
  } satisfies SteppedDatabase as SteppedDatabase;

  const turn = (text: string) =>
    new Promise<void>((resolve) => {
      queue.push({ text, go: resolve });
      stepped.onChange();
    });
  const landed = (pid: number, error: unknown) => {
    flying.splice(flying.indexOf(pid), 1);
    if (typeof error === "object" && error !== null && "code" in error) failed.push(String(error.code));
    stepped.onChange();
  };

  db.pool.on("connect", (client) => {
    const pid = (client as unknown as { processID: number }).processID;
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const held = (...args: unknown[]) => {
      const text = textOf(args[0]);
      const waits = stepped.stepping && !begins.test(text);
      const callback = args.at(-1);
      const sent = (waits ? turn(text) : Promise.resolve()).then(() => {
        flying.push(pid);
        if (typeof callback !== "function") return query(...args);
        return new Promise((resolve, reject) => {
          void query(...args.slice(0, -1), (error: unknown, result: unknown) => {
            if (error) reject(error);
            else resolve(result);
          });
        });
      });
      const settled = sent.then(
        (result) => {
          landed(pid, null);
          return result;
        },
        (error) => {
          landed(pid, error);
          throw error;
        },
      );
      if (typeof callback === "function") {
        settled.then(
          (result) => callback(null, result),
          (error) => callback(error),
        );
      }
      return settled;
    };
    client.query = held as typeof client.query;
  });
  return stepped;
}
