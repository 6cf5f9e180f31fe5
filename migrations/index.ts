import type { Migration } from "kysely";
import * as house from "./0001_house.js";
import * as assignment from "./0002_assignment.js";
import * as fillAgent from "./0003_fill_agent.js";
import * as search from "./0004_search.js";
import * as idempotency from "./0007_idempotency.js";

/** Every migration by its name, in order. Forward only: a mistake is mended by the next one. */
export const migrations: Record<string, Migration> = {
  "0001_house": house,
  "0002_assignment": assignment,
  "0003_fill_agent": fillAgent,
  "0004_search": search,
  "0007_idempotency": idempotency,
};
