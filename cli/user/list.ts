import { listUsers } from "../../src/db/queries/read-users.js";
import type { Role } from "../../src/domain/policy.js";
import { withDesk } from "../desk.js";
import { formatTable, note, say, sayJson } from "../output.js";

interface Options {
  role?: Role;
  after?: number;
  limit: number;
  json?: true;
}

/** `user ls`: users by id, a page at a time. */
export async function list({ role, after, limit, json }: Options): Promise<void> {
  await withDesk(async ({ db }) => {
    const rows = await listUsers(db.kysely, { role, afterId: after, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const next = rows.length > limit ? (shown.at(-1)?.id ?? null) : null;
    if (json) {
      const users = shown.map(({ id, name, email, disabled, ...user }) => ({
        id,
        role: user.role,
        name,
        email,
        disabled,
      }));
      sayJson({ users, next });
      return;
    }
    const cells = shown.map((user) => [
      String(user.id),
      user.role,
      user.name,
      user.email ?? "",
      user.disabled ? "disabled" : "",
    ]);
    say(formatTable(["id", "role", "name", "e-mail", ""], cells));
    if (next !== null) note(`more: --after ${next}`);
  });
}
