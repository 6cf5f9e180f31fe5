import type { ApiKeyView } from "../../../contract/http/api-keys.js";
import type { Database } from "../../../db/database.js";
import { readApiKey } from "../../../db/queries/read-api-key.js";
import { invariant } from "../../../runtime/invariant.js";
import { presentApiKey } from "../../presenters/api-key.js";

/** A key that was just made or changed, as it is shown. */
export async function showApiKey(db: Database, id: number): Promise<ApiKeyView> {
  const row = await readApiKey(db.kysely, id);
  invariant(row, "a key's row stays");
  return presentApiKey(row);
}
