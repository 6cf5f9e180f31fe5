import type { Database } from "../src/db/database.js";
import { readUserState } from "../src/db/queries/read-users.js";
import type { Config } from "../src/runtime/config.js";
import { createTokens } from "../src/runtime/tokens.js";
import { Failure } from "./failure.js";

/** How long a token lives that an operator asks for on the command line: a working day, for scripts. */
export const cliTokenTtlS = 43_200;

/** An access token of that user. Throws Failure when it is gone or disabled. */
export async function accessToken(
  { config, db }: { config: Config; db: Database },
  id: number,
  ttlS = cliTokenTtlS,
): Promise<string> {
  const user = await readUserState(db.kysely, id);
  if (!user || user.disabled) throw new Failure(`user ${id} ${user ? "is disabled" : "does not exist"}`);
  const tokens = createTokens(config.tokens);
  return tokens.sign({ sub: user.id, role: user.role, name: user.name, tv: user.tokenVersion }, ttlS);
}
