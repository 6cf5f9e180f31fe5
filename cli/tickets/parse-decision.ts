/** An agent as the push compared it. */
export interface Candidate {
  id: number;
  name: string;
  held: number;
  capacity: number;
  lastAssignedAt: string | null;
}

/** A stored decision; what an older version did not store is null. */
export interface Decision {
  rule: "preferred" | "same_customer" | "queue_order" | null;
  /** 1 for the first that the fill took. */
  place: number | null;
  held: number | null;
  capacity: number | null;
  chosenBy: "preferred" | "only_one" | "fewest_open" | "longest_idle" | null;
  candidates: Candidate[];
  /** Agents with room; `candidates` names the first of them. */
  withRoom: number | null;
  full: number | null;
  offline: number | null;
}

const rules = ["preferred", "same_customer", "queue_order"] as const;
const choices = ["preferred", "only_one", "fewest_open", "longest_idle"] as const;

const numberOf = (value: unknown) => (typeof value === "number" ? value : null);
const oneOf = <T extends string>(names: readonly T[], value: unknown) => names.find((name) => name === value) ?? null;

/** A decision record as it stands in the database; null when there is none. */
export function parseDecision(json: Record<string, unknown> | null): Decision | null {
  if (json === null) return null;
  const candidates: unknown[] = Array.isArray(json.candidates) ? json.candidates : [];
  return {
    rule: oneOf(rules, json.rule),
    place: numberOf(json.place),
    held: numberOf(json.held),
    capacity: numberOf(json.capacity),
    chosenBy: oneOf(choices, json.chosen_by),
    candidates: candidates.map((one) => candidateOf(one)).filter((one) => one !== null),
    withRoom: numberOf(json.with_room),
    full: numberOf(json.full),
    offline: numberOf(json.offline),
  };
}

function candidateOf(value: unknown): Candidate | null {
  if (typeof value !== "object" || value === null) return null;
  const { agent_id: id, name, held, capacity, last_assigned_at: last } = value as Record<string, unknown>;
  if (typeof id !== "number") return null;
  return {
    id,
    name: typeof name === "string" ? name : "",
    held: numberOf(held) ?? 0,
    capacity: numberOf(capacity) ?? 0,
    lastAssignedAt: typeof last === "string" ? last : null,
  };
}
