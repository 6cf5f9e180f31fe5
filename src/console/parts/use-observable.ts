import { useSyncExternalStore } from "react";

/** Draws again whenever what is looked at has changed. */
export function useObservable(
  observable: { subscribe: (listener: () => void) => () => void; version: () => number } | null,
): void {
  useSyncExternalStore(observable?.subscribe ?? never, observable?.version ?? zero);
}

const never = () => () => undefined;
const zero = () => 0;
