import type pg from "pg";
import { frameHash, frameOfRow, type LoggedEvent } from "../../stream/frame-hash.js";
import type { WatchedLog } from "../desk-watch.js";
import type { AuditResult } from "./audit-desk.js";

const page = 5000;

/** A stream, and the logs of those who listened to it. */
export interface WatchedStream {
  stream: string;
  logs: readonly WatchedLog[];
}

interface Found {
  missing: string[];
  others: string[];
}

/** Compares each watcher's own log with its stream's (I4): the same words at the same positions, none missing, none twice. */
export async function auditSockets(pool: pg.Pool, watched: readonly WatchedStream[]): Promise<AuditResult[]> {
  const found: Found = { missing: [], others: [] };
  for (const each of watched) await compare(pool, each, found);
  const logs = watched.flatMap((each) => each.logs);
  const wire = (of: "holes" | "doubles" | "resyncs") => logs.filter((log) => log.wire[of] > 0);
  const counted = (name: string, examples: string[], count = examples.length): AuditResult => {
    return { name, holds: "I4", count, examples: examples.slice(0, 5) };
  };
  const onWire = (of: "holes" | "doubles" | "resyncs", name: string) =>
    counted(
      name,
      wire(of).flatMap((log) => log.wire.examples.map((text) => `${log.name}: ${text}`)),
      logs.reduce((sum, log) => sum + log.wire[of], 0),
    );
  return [
    counted("events that a socket's log lacks", found.missing),
    counted("events that a socket was told otherwise", found.others),
    counted(
      "events that a client delivered twice",
      logs.filter((log) => log.doubles > 0).map((log) => `${log.name}: ${log.doubles}`),
      logs.reduce((sum, log) => sum + log.doubles, 0),
    ),
    onWire("holes", "holes that a server sent"),
    onWire("doubles", "doubles that a server sent"),
    onWire("resyncs", "sockets that were told to start over"),
  ];
}

async function compare(pool: pg.Pool, { stream, logs }: WatchedStream, found: Found): Promise<void> {
  const from = Math.min(...logs.map((log) => log.from));
  const to = Math.max(...logs.map((log) => log.to));
  for (let after = from; after < to; after += page) {
    const { rows } = await pool.query<LoggedEvent>(
      `SELECT stream, pos, type, payload, request_id FROM events
       WHERE stream = $1 AND pos > $2 AND pos <= $3 ORDER BY pos`,
      [stream, after, Math.min(to, after + page)],
    );
    for (const row of rows) {
      const pos = Number(row.pos);
      const said = frameHash(frameOfRow(row));
      for (const { name, frames, from: first, to: last } of logs) {
        if (pos <= first || pos > last) continue;
        const heard = frames.get(pos);
        if (heard === undefined) found.missing.push(`${name} at ${pos}`);
        else if (heard !== said) found.others.push(`${name} at ${pos}`);
      }
    }
  }
}
