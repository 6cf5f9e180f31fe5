import { sql } from "kysely";
import { invariant } from "../../runtime/invariant.js";
import type { Executor } from "../database.js";

/** How what leaves the desk does. */
export interface DeliveryState {
  /** On their way, waiting for a reader on the socket, parked, and dead. */
  pending: number;
  reader: number;
  parked: number;
  dead: number;
  /** How long the first that could go is overdue, s: of webhooks that are disabled or left in peace, nothing counts. */
  overdueS: number;
  webhooks: { enabled: number; open: number; disabled: number };
}

/** Counts from the partial indexes on what is pending and what is dead. */
export async function readDeliveryState(db: Executor): Promise<DeliveryState> {
  type Row = Omit<DeliveryState, "webhooks"> & DeliveryState["webhooks"];
  const { rows } = await sql<Row>`
    /* read-delivery-state */
    SELECT (SELECT count(*)::int FROM deliveries WHERE status = 'failed') AS dead, p.*, w.*,
           greatest(0, coalesce(extract(epoch FROM clock_timestamp() - least(
             (SELECT min(next_attempt_at) FROM deliveries WHERE status = 'pending' AND channel <> 'webhook'),
             (SELECT min(d.at) FROM webhooks h CROSS JOIN LATERAL (
                SELECT min(next_attempt_at) AS at FROM deliveries WHERE webhook_id = h.id AND status = 'pending') d
              WHERE h.disabled_at IS NULL AND h.circuit_open_until IS NULL))), 0))::float8 AS "overdueS"
    FROM (SELECT count(*) FILTER (WHERE parked_at IS NULL AND next_attempt_at IS NOT NULL)::int AS pending,
                 count(*) FILTER (WHERE next_attempt_at IS NULL)::int AS reader,
                 count(*) FILTER (WHERE parked_at IS NOT NULL)::int AS parked
          FROM deliveries WHERE status = 'pending') p,
         (SELECT count(*) FILTER (WHERE disabled_at IS NULL AND circuit_open_until IS NULL)::int AS enabled,
                 count(*) FILTER (WHERE disabled_at IS NULL AND circuit_open_until IS NOT NULL)::int AS open,
                 count(*) FILTER (WHERE disabled_at IS NOT NULL)::int AS disabled
          FROM webhooks) w`.execute(db);
  const [row] = rows;
  invariant(row, "counts are one row");
  const { enabled, open, disabled, ...state } = row;
  return { ...state, webhooks: { enabled, open, disabled } };
}
