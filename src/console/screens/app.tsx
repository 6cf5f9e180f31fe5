import { CSPProvider } from "@base-ui/react/csp-provider";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Desk } from "../desk/desk.js";
import type { Session } from "../http/session.js";
import type { SocketConstructor } from "../live/socket-like.js";
import { FaultBoundary } from "../parts/fault-boundary.js";
import { onComeBack } from "../parts/on-come-back.js";
import { Toasts } from "../parts/toasts.js";
import { DeskContext } from "./desk-context.js";
import { DeskShell } from "./desk-shell.js";
import { SignIn } from "./sign-in.js";

/** The agents' console: who is not signed in signs in. */
export function App({ session }: { session: Session }) {
  const user = useSyncExternalStore(session.subscribe, () => session.user);
  return (
    <CSPProvider disableStyleElements>
      <FaultBoundary>
        <Toasts>
          {user && user.role !== "customer" ? (
            <SignedIn key={user.id} session={session} />
          ) : (
            <SignIn session={session} isCustomer={user?.role === "customer"} />
          )}
        </Toasts>
      </FaultBoundary>
    </CSPProvider>
  );
}

function SignedIn({ session }: { session: Session }) {
  const [desk, setDesk] = useState<Desk | null>(null);
  useEffect(() => {
    const { user } = session;
    if (!user) return;
    const opened = new Desk({
      session,
      user,
      fetch: window.fetch.bind(window),
      socket: WebSocket as unknown as SocketConstructor,
      socketBase: window.location.origin.replace(/^http/, "ws"),
      storage: localStorage,
      newKey: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("-"),
      schedule: pacedFrames,
    });
    opened.start();
    setDesk(opened);
    const unhook = onComeBack(() => opened.reconnectNow());
    return () => {
      unhook();
      opened.stop();
    };
  }, [session]);
  if (!desk) return null;
  return (
    <DeskContext value={desk}>
      <DeskShell />
    </DeskContext>
  );
}

/** Under a storm of changes the lists are put in order so often, ms; a change after a quiet moment is shown at once. */
const paceMs = 100;
/** Drawing takes at most one part in so many of the time, however slow or busy the machine is. */
const restParts = 5;

/** Runs in the browser's next frame, and not before it has rested since the last time. */
function pacedFrames(): (run: () => void) => void {
  let last = 0;
  let drawnInMs = 0;
  return (run) => {
    const wait = last + Math.max(paceMs, restParts * drawnInMs) - performance.now();
    const ready = () => {
      last = performance.now();
      run();
      requestAnimationFrame(() => {
        drawnInMs = Math.min(paceMs, performance.now() - last);
      });
    };
    if (document.hidden) setTimeout(ready, paceMs);
    else if (wait <= 0) requestAnimationFrame(ready);
    else setTimeout(() => requestAnimationFrame(ready), wait);
  };
}
