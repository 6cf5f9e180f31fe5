import { type KeptSession, Session } from "./session.js";

/** The session of this browser under that name: kept in localStorage, renewed by one tab at a time (Web Locks). */
export function openBrowserSession(name: string): Session {
  const read = (): KeptSession | null => {
    try {
      return JSON.parse(localStorage.getItem(name) ?? "null") as KeptSession | null;
    } catch {
      return null;
    }
  };
  const session = new Session({
    fetch: window.fetch.bind(window),
    keeper: {
      load: read,
      save: (kept) => {
        if (kept) localStorage.setItem(name, JSON.stringify(kept));
        else localStorage.removeItem(name);
      },
    },
    // Without Web Locks (a page that is neither on https nor on this machine) tabs cannot wait for each other.
    alone: async (run) => (navigator.locks ? await navigator.locks.request(name, run) : run()),
  });
  // Another tab signed in as somebody else, or out: this one begins anew.
  window.addEventListener("storage", (event) => {
    if (event.key === name && read()?.user.id !== session.user?.id) window.location.reload();
  });
  return session;
}
