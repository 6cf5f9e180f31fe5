import { createHash } from "node:crypto";

/**
 * The log's epoch for a reader who sees a part of it (null: all): another part is another log to it. Who comes back with
 * what it kept of another part is told to start over, for its `skip`s do not hold any more.
 */
export function epochOf(epoch: string, part: string | null): string {
  return part === null ? epoch : `${epoch}.${createHash("sha256").update(part).digest("hex").slice(0, 12)}`;
}
