/** Fields that are kept as they are: ids, places and closed words. What any other text says is nobody's to keep here. */
const kept: ReadonlySet<string> = new Set([
  ..."type timestamp stream status reason level channel queue kind role request_id created_at sent_at read_at due_at".split(
    " ",
  ),
]);
const redacted = "[redacted]";
const listMax = 20;

/** A body as an attempt keeps it: its shape, ids and closed words; what somebody wrote or is called is left out. */
export function redactBody(value: unknown, name = ""): unknown {
  if (typeof value === "string") return kept.has(name) || value === "" ? value : redacted;
  if (Array.isArray(value)) return value.slice(0, listMax).map((item) => redactBody(item, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, redactBody(inner, field)]));
}

const answerChars = 500;
const shownHeaders = ["content-type", "retry-after", "location", "server", "date"];

/** The headers of an answer that help to find a fault; cookies and the like are not kept. */
export function redactHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    shownHeaders.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, String(value).slice(0, 200)]];
    }),
  );
}

/** The beginning of what the other side said, without what Postgres does not store: NUL, half a character. */
export function answerText(said: string): string {
  return said
    .replaceAll("\0", "")
    .slice(0, answerChars)
    .replace(/[\ud800-\udbff]$/, "");
}
