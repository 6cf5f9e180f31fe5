export type TokenRole = "admin" | "agent" | "customer";

/** Clocks may differ by that much, seconds. */
export const clockSkewS = 5;
/** Any expiry beyond it (the year 9999) is cut off there: later ones are no dates. */
export const expiryMaxS = 253_402_300_799;

const knownRoles: ReadonlySet<unknown> = new Set<TokenRole>(["admin", "agent", "customer"]);

/** Whether that is a role of the desk. */
export function isTokenRole(value: unknown): value is TokenRole {
  return knownRoles.has(value);
}
