import type { Database } from "../../../db/database.js";
import { readAttempts, readDelivery } from "../../../db/queries/read-deliveries.js";
import { Refusal } from "../../../domain/errors.js";
import { presentDelivery } from "../../presenters/delivery.js";

/** A delivery with its latest attempts. Throws `delivery_not_found`. */
export async function showDelivery({ kysely }: Database, id: number) {
  const row = await readDelivery(kysely, id);
  if (!row) throw new Refusal("delivery_not_found", "There is no such delivery.");
  const recent = (await readAttempts(kysely, id)).map(
    ({ attempt, at, durationMs, outcome, error, request, answer }) => {
      return { attempt, at: at.toISOString(), duration_ms: durationMs, outcome, error, request, answer };
    },
  );
  return { ...presentDelivery(row), recent };
}
