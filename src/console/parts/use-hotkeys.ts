import { useEffect, useRef } from "react";

/** By key: `j`, `?`, `ctrl+k`, `ctrl+shift+enter`. With Ctrl or Cmd they also work while somebody writes. */
export type Hotkeys = Readonly<Record<string, ((event: KeyboardEvent) => void) | undefined>>;

/** How a pressed key is written in `Hotkeys`. */
export function nameOfKey(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">): string {
  const key = event.key.toLowerCase();
  const isChord = event.ctrlKey || event.metaKey;
  return `${isChord ? "ctrl+" : ""}${event.altKey ? "alt+" : ""}${isChord && event.shiftKey ? "shift+" : ""}${key}`;
}

const isWriting = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Keys that work wherever the focus is; not in a dialog or a menu, and letters not where somebody writes. */
export function useHotkeys(keys: Hotkeys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.defaultPrevented || event.isComposing) return;
      if (target instanceof Element && target.closest("[role=dialog], [role=menu]")) return;
      const name = nameOfKey(event);
      if (isWriting(target) && !name.startsWith("ctrl+")) return;
      const run = latest.current[name];
      if (!run) return;
      event.preventDefault();
      run(event);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
