/** A rule, as the query that finds what breaks it: a row of one text each. */
export interface AuditRule {
  name: string;
  /** The rule of DESIGN.md 10. */
  holds: string;
  broken: string;
}
