import { useSyncExternalStore } from "react";

const key = "switchboard.theme";

/** Sets the theme that was chosen; without a choice the system's stands. */
export function applyTheme(): void {
  const chosen = localStorage.getItem(key);
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}

/** From light to dark, or back; kept. */
export function toggleTheme(): void {
  localStorage.setItem(key, isDark() ? "light" : "dark");
  applyTheme();
  for (const listener of listeners) listener();
}

const listeners = new Set<() => void>();
const system = () => window.matchMedia("(prefers-color-scheme: dark)");

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : system().matches;
}

function subscribe(listener: () => void): () => void {
  const media = system();
  listeners.add(listener);
  media.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    media.removeEventListener("change", listener);
  };
}

/** Whether the page is dark now: for what is drawn and not styled. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}
