/** A call that did not do what it was to: the desk's refusal, or `offline` when nothing answered. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** HTTP status; 0: no answer came. */
  readonly status: number;
  /** The desk's code (`already_claimed` …), or `offline`. */
  readonly code: string;
  /** All that the answer said. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, detail: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.facts = facts;
  }

  /** Whether the same call may do better later: nothing answered, or the desk could not just now. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500 || this.code === "request_in_progress";
  }

  /** What the desk will not have of a field of the body; undefined: nothing was said of it. */
  saidOf(field: string): string | undefined {
    const errors = (this.facts.errors ?? []) as readonly { path: string; message: string }[];
    return errors.find(({ path }) => path === `body.${field}`)?.message;
  }
}

/** The error of an answer that is not 2xx. */
export async function callErrorOf(response: Response): Promise<CallError> {
  const facts = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const code = typeof facts.status === "string" ? facts.status : `http_${response.status}`;
  const detail = typeof facts.detail === "string" ? facts.detail : `HTTP ${response.status}`;
  return new CallError(response.status, code, detail, facts);
}

/** What was thrown, as a CallError: `fetch` throws a TypeError when nothing answers. */
export function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  return new CallError(0, "offline", error instanceof Error ? error.message : String(error));
}
