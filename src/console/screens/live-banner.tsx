import { useEffect, useState, useSyncExternalStore } from "react";
import { useObservable } from "../parts/use-observable.js";
import { words } from "../words/en.js";
import { useDesk } from "./desk-context.js";

/** A blip shorter than that is not worth a word, ms. */
const patienceMs = 1500;

const subscribe = (listener: () => void) => {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
};

/** Says so when nothing comes in live, and why. */
export function LiveBanner() {
  const desk = useDesk();
  useObservable(desk);
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine);
  // Without a socket it is polled: late by nothing that anybody sees.
  const isAway = desk.state !== "open" && desk.state !== "polling";
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isAway) return setLong(false);
    const timer = setTimeout(() => setLong(true), patienceMs);
    return () => clearTimeout(timer);
  }, [isAway]);
  const shown = !isOnline || (isAway && isLong);
  const text = !isOnline ? words.live.offline : desk.state === "closed" ? words.live.closed : words.live.waiting;
  return (
    <div className="banner-place" role="status">
      {shown && <p className="banner">{text}</p>}
    </div>
  );
}
