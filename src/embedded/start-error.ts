/** Why the system cannot start or go on, in one sentence for the person who typed the command; no stack is shown. */
export class StartError extends Error {
  override readonly name = "StartError";
  /** What the process ends with: 1, 2 (usage) or 78 (a wrong setting). */
  readonly exitCode: number;
  constructor(sentence: string, exitCode = 1) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

/** The code of a Node system error (`ENOENT`, `EADDRINUSE` …), or "". */
export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
