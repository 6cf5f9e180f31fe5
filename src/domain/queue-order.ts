const hourMs = 3_600_000;

/**
 * The virtual deadline that orders the queue (DESIGN.md 6): `first_unanswered_at + horizon x (1 - (score/100)^2)`.
 * Least first: urgency wins, and nobody is overtaken by what came more than the horizon after it.
 */
export function dueAt(firstUnansweredAt: Date, score: number, horizonHours: number): Date {
  const share = Math.min(100, Math.max(0, score)) / 100;
  return new Date(firstUnansweredAt.getTime() + horizonHours * hourMs * (1 - share * share));
}
