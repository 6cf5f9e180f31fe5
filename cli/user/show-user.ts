import type { Role } from "../../src/domain/policy.js";
import { formatTable, say, sayJson } from "../output.js";

/** A user as the command line shows it. */
export interface ShownUser {
  id: number;
  role: Role;
  name: string;
  email: string | null;
}

/** Prints a user: a table, or one line of JSON. */
export function showUser({ id, role, name, email }: ShownUser, json: boolean | undefined): void {
  if (json) sayJson({ user: { id, role, name, email } });
  else say(formatTable(["id", "role", "name", "e-mail"], [[String(id), role, name, email ?? ""]]));
}
