import pg from "pg";

/** It starts or stops; nobody listens. */
const away = new Set(["57P03", "ECONNREFUSED"]);

type Connected = (error: Error, client?: pg.Client) => void;

/**
 * The client of one pool. A Postgres that starts or stops refuses every connection, and each that is tried costs it a new
 * process: several hundred a second, from callers who come again, took half of the machine from its recovery (measured).
 * After such a refusal the pool tries none for `restMs`; who asks meanwhile is told the same, as an Error of its own.
 */
export function patientClient(restMs = 100): typeof pg.Client {
  let refused: { error: Error & { code?: string }; until: number } | null = null;

  const sayAgain = (): Error | null => {
    if (!refused || performance.now() >= refused.until) return null;
    const { message, code } = refused.error;
    return Object.assign(new Error(message), { code });
  };
  const note = (error: (Error & { code?: string }) | null | undefined) => {
    if (error && away.has(error.code ?? "")) refused = { error, until: performance.now() + restMs };
  };

  return class extends pg.Client {
    override connect(): Promise<pg.Client>;
    override connect(connected: Connected): void;
    override connect(connected?: Connected): Promise<pg.Client> | undefined {
      const again = sayAgain();
      if (!connected) {
        const connecting = again ? Promise.reject<pg.Client>(again) : super.connect();
        connecting.catch(note);
        return connecting;
      }
      if (again) {
        process.nextTick(connected, again);
        return undefined;
      }
      super.connect((error: Error, client?: pg.Client) => {
        note(error);
        connected(error, client);
      });
      return undefined;
    }
  };
}
