/**
 * A hint that is worth sending once, however often it is asked for: one is on its way at a time, and one more follows if
 * it was asked for meanwhile. It never rejects and nobody waits for it.
 */
export function coalesced(send: () => Promise<unknown>): () => void {
  let underWay = false;
  let again = false;
  const run = () => {
    if (underWay) {
      again = true;
      return;
    }
    underWay = true;
    again = false;
    void send()
      .catch(() => undefined)
      .then(() => {
        underWay = false;
        if (again) run();
      });
  };
  return run;
}
