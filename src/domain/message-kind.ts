import { Refusal } from "./errors.js";
import type { Role } from "./policy.js";
import type { MessageKind } from "./ticket.js";

/**
 * The kind that a client may say something in: `text`, and `note` for staff in a support case. Throws `type_reserved` for
 * all others: they are the system's (CONTRACT.md 4).
 */
export function requireOwnKind(
  kind: MessageKind,
  role: Role,
  conversation: "support" | "direct" | "bot",
): "text" | "note" {
  if (kind === "text") return kind;
  if (kind === "note" && role !== "customer" && conversation === "support") return kind;
  throw new Refusal("type_reserved", `A message of type ${kind} is not for clients to send here.`);
}
