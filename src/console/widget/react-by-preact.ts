import { type Component, createElement, type FunctionComponent, render } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

/**
 * What the widget's parts use of React, by Preact alone: the parts that it shares with the console import `react`, which the
 * widget's build leads here. `preact/compat` would be all of React, and a tenth of what the widget may weigh.
 */
export { Fragment } from "preact";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

/** Draws anew only for other properties. */
export function memo<P extends object>(part: FunctionComponent<P>): FunctionComponent<P> {
  // biome-ignore lint/correctness/noComponentHookFactories: it is what memo is, and called where modules begin
  return function Memoised(this: Component<P>, props: P) {
    this.shouldComponentUpdate = (next: Readonly<P>) => {
      const [known, come] = [this.props as Record<string, unknown>, next as Record<string, unknown>];
      return Object.keys({ ...known, ...come }).some((name) => known[name] !== come[name]);
    };
    return createElement(part, props);
  } as FunctionComponent<P>;
}

/** Draws again when what `read` gives has changed; what changed before it listened is seen as well. */
export function useSyncExternalStore<T>(subscribe: (listener: () => void) => () => void, read: () => T): T {
  const value = read();
  const [, setShown] = useState({ value });
  const at = useState(() => ({ value, read }))[0];
  useLayoutEffect(() => {
    at.value = value;
    at.read = read;
    if (at.read() !== at.value) setShown({ value: at.read() });
  });
  useEffect(() => {
    const look = () => {
      if (at.read() !== at.value) setShown({ value: at.read() });
    };
    look();
    return subscribe(look);
  }, [subscribe, at]);
  return value;
}

/** As `react-dom/client` has it. */
export function createRoot(place: Element): { render: (what: Parameters<typeof render>[0]) => void } {
  return { render: (what) => render(what, place) };
}
