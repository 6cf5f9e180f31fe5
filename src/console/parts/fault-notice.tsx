import type { ReactNode } from "react";
import { words } from "../words/en.js";

export interface FaultNoticeProps {
  /** What went wrong, put into a sentence; null: nothing did. */
  fault?: string | null;
  /** The whole sentence, in place of `fault`. */
  said?: string | null;
  /** What can be done about it. */
  children?: ReactNode;
}

/** Says what went wrong, and has it read out; nothing where nothing did. */
export function FaultNotice({ fault = null, said = null, children }: FaultNoticeProps) {
  const shown = said ?? (fault === null ? null : words.fault(fault));
  if (shown === null) return null;
  return (
    <p className="notice fault" role="alert">
      {shown} {children}
    </p>
  );
}
