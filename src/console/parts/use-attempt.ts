import { useState } from "react";
import { asCallError } from "../http/call-error.js";

export interface Attempt {
  /** What went wrong with the last one; null: nothing did, or none was made. */
  fault: string | null;
  isBusy: boolean;
  /** Runs it; never rejects. */
  attempt: (run: () => Promise<void>) => Promise<void>;
}

/** One attempt after the other at what the desk may refuse, as the forms of signing in make them. */
export function useAttempt(): Attempt {
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const attempt = async (run: () => Promise<void>) => {
    setBusy(true);
    setFault(null);
    try {
      await run();
    } catch (error) {
      setFault(asCallError(error).message);
    }
    setBusy(false);
  };
  return { fault, isBusy, attempt };
}
