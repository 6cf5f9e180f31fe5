/**
 * A read that is done once for all who ask while it is under way, and again only when its answer is older than `ttlMs`.
 * A failure is everybody's who waited for it, and is not remembered.
 */
export function remembered<T>(ttlMs: number, read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  let until = Number.POSITIVE_INFINITY;
  return () => {
    if (answer && performance.now() < until) return answer;
    until = Number.POSITIVE_INFINITY;
    const asked = read();
    answer = asked;
    asked.then(
      () => {
        until = performance.now() + ttlMs;
      },
      () => {
        answer = null;
      },
    );
    return asked;
  };
}
