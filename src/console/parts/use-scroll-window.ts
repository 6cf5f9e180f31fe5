import { type RefObject, useLayoutEffect, useState } from "react";

/** What of a scrolled box is on the screen. */
export interface ScrollWindow {
  top: number;
  height: number;
}

/** Follows how far a box is scrolled and how high it is; `look` reads it at once, for who has just scrolled it. */
export function useScrollWindow(box: RefObject<HTMLElement | null>): ScrollWindow & { look: () => void } {
  const [shown, setShown] = useState<ScrollWindow>({ top: 0, height: 800 });
  const look = () => {
    const at = box.current;
    if (!at) return;
    const next = { top: at.scrollTop, height: at.clientHeight };
    setShown((known) => (known.top === next.top && known.height === next.height ? known : next));
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: it listens as long as the box is there
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    const watch = new ResizeObserver(look);
    watch.observe(at);
    at.addEventListener("scroll", look, { passive: true });
    return () => {
      watch.disconnect();
      at.removeEventListener("scroll", look);
    };
  }, [box]);
  return { ...shown, look };
}
