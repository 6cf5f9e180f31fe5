import { createHash } from "node:crypto";

const hashBytes = 6;

/** The value with the keys of its objects in order: two texts of it are the same however it travelled. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

/** A number (48 bits) for what a frame says: its type and fields, wherever it was read. */
export function frameHash(frame: Readonly<Record<string, unknown>>): number {
  return createHash("sha1")
    .update(JSON.stringify(ordered(frame)))
    .digest()
    .readUIntBE(0, hashBytes);
}

/** The frame that an event of the log is sent as, by CONTRACT.md 5. */
export function frameOfRow(row: LoggedEvent): Record<string, unknown> {
  const request = row.request_id === null ? {} : { request_id: row.request_id };
  return { type: row.type, stream: row.stream, pos: Number(row.pos), ...row.payload, ...request };
}

/** A row of `events` as plain SQL reads it. */
export interface LoggedEvent {
  stream: string;
  pos: number | string;
  type: string;
  payload: Record<string, unknown>;
  request_id: string | null;
}
