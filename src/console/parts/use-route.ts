import { useSyncExternalStore } from "react";

const subscribe = (listener: () => void) => {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
};

/** The path behind the `#`: `/tickets/12`. */
export function useRoute(): string {
  return useSyncExternalStore(subscribe, () => window.location.hash.slice(1) || "/");
}

export function go(path: string): void {
  window.location.hash = path;
}

/** The ticket that a path names; null: none. */
export function ticketOf(path: string): number | null {
  const id = /^\/tickets\/(\d{1,15})$/.exec(path)?.[1];
  return id === undefined ? null : Number(id);
}
