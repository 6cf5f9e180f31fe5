export type CheckState = "ok" | "warn" | "fail";

/** What one look found, and what to do about it. */
export interface Check {
  name: string;
  state: CheckState;
  found: string;
  /** Empty when all is well. */
  advice: string;
}

export const ok = (name: string, found: string): Check => ({ name, state: "ok", found, advice: "" });
export const warn = (name: string, found: string, advice: string): Check => ({ name, state: "warn", found, advice });
export const fail = (name: string, found: string, advice: string): Check => ({ name, state: "fail", found, advice });
