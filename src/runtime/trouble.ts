/** What an error of a store means, in words for an operator. Nothing of the error's own text is in them. */
export interface Trouble {
  /** A sentence without its subject: "has no connection left". */
  says: string;
  /** What to do. */
  advice: string;
}

const startIt = "start it, and check its address and the network";

/** By SQLSTATE, or by its class. The words of README's "Operations". */
const sqlTroubles: [pattern: RegExp, trouble: Trouble][] = [
  [
    /^53300$/,
    {
      says: "has no connection left",
      advice:
        "raise max_connections, or run fewer processes with a smaller DATABASE_POOL_MAX; see who holds them in pg_stat_activity",
    },
  ],
  [
    /^(53100|58030)$/,
    { says: "has no room left on its disk", advice: "make room on the database's disk; it goes on by itself then" },
  ],
  [/^53200$/, { says: "has no memory left", advice: "give the database's machine more memory, or fewer connections" }],
  [
    /^(57014|55P03|25P03)$/,
    {
      says: "took longer than a statement may",
      advice: "see what it waits for (pg_stat_activity): a lock that somebody holds, or a disk that is too slow",
    },
  ],
  [/^57P0[123]$/, { says: "is starting or stopping", advice: "wait for it; if it does not come, see its log" }],
  [
    /^25006$/,
    {
      says: "takes no writes (a replica, or read-only)",
      advice: "let DATABASE_URL name the primary",
    },
  ],
  [/^(42P01|42703|42883|3F000)$/, { says: "has not the tables of this program", advice: "run switchboard migrate up" }],
  [/^(28000|28P01)$/, { says: "refuses this user or password", advice: "check DATABASE_URL and pg_hba.conf" }],
  [/^3D000$/, { says: "does not exist on that server", advice: "create it, or check DATABASE_URL" }],
  [/^(08|57|58)/, { says: "does not answer", advice: startIt }],
];

/** By the first word of what Redis answers. */
const redisTroubles: [pattern: RegExp, trouble: Trouble][] = [
  [
    /^OOM /,
    {
      says: "has no memory left (maxmemory) and takes nothing more",
      advice: "raise Redis' maxmemory, or see what fills it; nothing is lost, jobs wait in Postgres",
    },
  ],
  [
    /^MISCONF /,
    {
      says: "takes nothing more because it cannot save to its disk",
      advice: "make room on Redis' disk; nothing is lost, jobs wait in Postgres",
    },
  ],
  [/^READONLY /, { says: "takes no writes (a replica)", advice: "let REDIS_URL name the primary" }],
  [/^LOADING /, { says: "is starting: it reads its data", advice: "wait for it" }],
  [/^(NOAUTH|WRONGPASS|NOPERM)/, { says: "refuses this user or password", advice: "check REDIS_URL" }],
];

/** What went wrong, in words for an operator. */
export function troubleOf(error: unknown): Trouble {
  const { code, message } = factsOf(error);
  if (code !== null && /^[0-9A-Z]{5}$/.test(code)) {
    const found = sqlTroubles.find(([pattern]) => pattern.test(code));
    if (found) return found[1];
  }
  const found = redisTroubles.find(([pattern]) => pattern.test(message));
  if (found) return found[1];
  if (/timeout exceeded when trying to connect/.test(message)) {
    const advice = "see what holds this process's connections (pg_stat_activity), or raise DATABASE_POOL_MAX";
    return { says: "gave no connection within 5 s", advice };
  }
  if (/ is away\b/.test(message)) return { says: "does not answer", advice: startIt };
  if (/took longer than|timed out|timeout/i.test(message)) {
    return { says: "does not answer in time", advice: "see what its machine is busy with, and the way to it" };
  }
  return { says: "does not answer", advice: startIt };
}

/** The code and the words of an error, or of what caused it. */
function factsOf(error: unknown): { code: string | null; message: string } {
  if (!(error instanceof Error)) return { code: null, message: String(error) };
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  if (code === null && error.cause instanceof Error) {
    const cause = factsOf(error.cause);
    return { code: cause.code, message: `${error.message}: ${cause.message}` };
  }
  return { code, message: error.message };
}
