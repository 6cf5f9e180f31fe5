import { createInterface } from "node:readline/promises";
import { Failure, UsageError } from "./failure.js";

/**
 * Asks before something that cannot be taken back. `--yes` answers it; where nobody can be asked, `--yes` is needed.
 * Throws UsageError without it, Failure when the answer is no.
 */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new UsageError(`${question} Say so with --yes.`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Failure("nothing was done");
  } finally {
    asking.close();
  }
}
