import { userInfo } from "node:os";
import { type AuditEntry, recordAudit } from "../src/commands/audit.js";
import type { Database } from "../src/db/database.js";
import type { Actor } from "../src/domain/policy.js";

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user need not have a name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

/** Who acts at the command line: an admin, under the name that the operating system has for whoever runs the command. */
export function operator(): Actor {
  return { kind: "cli", id: null, role: "admin", name: accountName() };
}

/**
 * Keeps an act of the command line that no command of the desk keeps: before it is done, where it is not done in the
 * database. An act that cannot be kept is not done.
 */
export async function recordOperatorsAct(db: Database, entry: AuditEntry): Promise<void> {
  await recordAudit(db.kysely, { actor: operator(), requestId: null }, entry);
}
