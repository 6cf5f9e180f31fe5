/** Paths with an id, by what is there: a ticket is seen from three sides. */
export const ticketPaths: RegExp = /^\/api\/(messages|admin\/tickets|agent\/tickets\/sell)\/\{id\}/;

/** Above all that a desk has, below what an id may be. */
export const unknownFrom = 4_000_000_000_000;
