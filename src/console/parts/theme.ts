const key = "switchboard.theme";

/** Sets the theme that was chosen; without a choice the system's stands. */
export function applyTheme(): void {
  const chosen = localStorage.getItem(key);
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}

/** From light to dark, or back; kept. */
export function toggleTheme(): void {
  const { theme } = document.documentElement.dataset;
  const isDark = theme ? theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  localStorage.setItem(key, isDark ? "light" : "dark");
  applyTheme();
}
