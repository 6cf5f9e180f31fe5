import { Refusal } from "../../../domain/errors.js";
import { checkOnItsFace, OutboundAllow, OutboundRefused } from "../../../runtime/outbound-target.js";

/**
 * Refuses an address that the desk would never call: another protocol, a user name in it, a private host that
 * OUTBOUND_ALLOW does not name. What a name leads to is looked at with each call. Throws `invalid_body`.
 */
export function requireCallable(url: string | undefined, allow: readonly string[]): void {
  if (url === undefined) return;
  try {
    checkOnItsFace(url, new OutboundAllow(allow));
  } catch (error) {
    if (!(error instanceof OutboundRefused)) throw error;
    const errors = [{ path: "body.url", message: error.message }];
    throw new Refusal("invalid_body", `The address cannot be called: ${error.message}`, { errors });
  }
}
