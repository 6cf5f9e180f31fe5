import type { SequencedEvent } from "../../src/contract/events.js";
import { plain } from "../output.js";

/** Narrower ones have no room for columns. */
const wide = 110;

const dim = (text: string, coloured: boolean) => (coloured ? `\u001b[2m${text}\u001b[22m` : text);

/**
 * An event as a line: time, seq, stream and position, type, request, payload in short. Cut to `width` signs; nothing that
 * a customer wrote can move the cursor.
 */
export function eventLine(event: SequencedEvent, { width, coloured }: { width: number; coloured: boolean }): string {
  const { seq, stream, pos, type, request_id: request, stage, created_at: at } = event;
  const job = stage === null ? "" : ` -> ${stage} ${event.subject_id}`;
  const head = `${at.slice(11, 23)} ${String(seq).padStart(6)} `;
  const body = plain(
    `${`${stream}#${pos}`.padEnd(width < wide ? 0 : 20)} ${type}${job} ${payloadInShort(event.payload)}`,
  );
  const tail = request === null ? "" : ` [${plain(request)}]`;
  const room = Math.max(0, width - head.length - tail.length);
  const shown = body.length > room ? `${body.slice(0, Math.max(0, room - 1))}…` : body;
  return `${dim(head, coloured)}${shown}${dim(tail, coloured)}`;
}

const textMax = 60;

function payloadInShort(payload: Record<string, unknown>): string {
  return Object.entries(payload)
    .map(([name, value]) => `${name}=${valueInShort(value)}`)
    .join(" ");
}

function valueInShort(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > textMax ? `${text.slice(0, textMax)}…` : text;
}
