/** Names whose values are secrets, wherever they stand. */
const secretNames: ReadonlySet<string> = new Set([
  "token",
  "access",
  "refresh",
  "password",
  "secret",
  "authorization",
  "cookie",
  "set-cookie",
  "api_key",
  "apiKey",
  "x-api-key",
  "accessToken",
  "refreshToken",
]);
/** What a secret looks like in a text: a token of ours or another's, a key, a header, a query, an address with a password. */
const secretTexts: readonly [RegExp, string][] = [
  [/\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g, hidden("token")],
  [/\bsb_[\w-]{20,}/g, hidden("key")],
  [/\b(bearer[ ,]+)[\w.~+/=-]{8,}/gi, `$1${hidden("token")}`],
  [/([?&](?:token|access|refresh|password|secret|signature)=)[^&\s"']+/gi, `$1${hidden("value")}`],
  [/(\w:\/\/)[^\s/@:]*:[^\s/@]+@/g, `$1${hidden("user")}@`],
];
/** A shorter text holds no token. */
const shortest = 20;
const depthMax = 5;
const entriesMax = 100;
const textMax = 4000;
/** What is kept of an error besides its text: no parameters, no commands, no rows. */
const errorFacts = [
  "code",
  "errno",
  "syscall",
  "address",
  "port",
  "constraint",
  "table",
  "severity",
  "routine",
] as const;

function hidden(what: string): string {
  return `[${what}]`;
}

/** A text without the secrets in it. */
export function scrubText(text: string): string {
  if (text.length < shortest) return text;
  let clean = text.length > textMax ? `${text.slice(0, textMax)}…` : text;
  for (const [pattern, instead] of secretTexts) clean = clean.replace(pattern, instead);
  return clean;
}

/**
 * What a log line says, without the secrets in it: those that stand under a secret's name, and those that look like one.
 * A line that has none is handed back as it is.
 */
export function scrubLine(line: Record<string, unknown>): Record<string, unknown> {
  let clean: Record<string, unknown> | null = null;
  for (const name in line) {
    const given = line[name];
    // Errors have a serializer of their own.
    const kept = given instanceof Error ? given : secretNames.has(name) ? hidden("secret") : scrub(given, 1);
    if (kept === given) continue;
    clean ??= { ...line };
    clean[name] = kept;
  }
  return clean ?? line;
}

function scrub(value: unknown, depth: number): unknown {
  if (typeof value === "string") return scrubText(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (value instanceof Error) return scrubError(value);
  if (depth > depthMax) return hidden("deep");
  if (Array.isArray(value)) return value.slice(0, entriesMax).map((item) => scrub(item, depth + 1));
  const entries = Object.entries(value).slice(0, entriesMax);
  return Object.fromEntries(
    entries.map(([name, item]) => [name, secretNames.has(name) ? hidden("secret") : scrub(item, depth + 1)]),
  );
}

/** An error as the log keeps it: what it was and where, and what caused it. What the drivers hang on to it is left out. */
export function scrubError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return scrub(error, 1);
  const facts: Record<string, unknown> = {};
  for (const name of errorFacts) {
    const fact = (error as unknown as Record<string, unknown>)[name];
    if (typeof fact === "string" || typeof fact === "number") facts[name] = fact;
  }
  const cause = error.cause === undefined || depth > 3 ? {} : { cause: scrubError(error.cause, depth + 1) };
  const many: unknown[] = error instanceof AggregateError && depth <= 3 ? error.errors.slice(0, 5) : [];
  const errors = many.length > 0 ? { errors: many.map((one) => scrubError(one, depth + 1)) } : {};
  const text = { message: scrubText(error.message), stack: scrubText(error.stack ?? "") };
  return { type: error.name, ...text, ...facts, ...cause, ...errors };
}
