import { useEffect, useState, useSyncExternalStore } from "react";
import type { Session } from "../http/session.js";
import type { SocketConstructor } from "../live/socket-like.js";
import { Button } from "../parts/button.js";
import { FaultBoundary } from "../parts/fault-boundary.js";
import { onComeBack } from "../parts/on-come-back.js";
import { toggleTheme } from "../parts/theme.js";
import { Toasts } from "../parts/toasts.js";
import { useObservable } from "../parts/use-observable.js";
import { go, useRoute } from "../parts/use-route.js";
import { words } from "../words/en.js";
import { CaseList } from "./case-list.js";
import { CaseView } from "./case-view.js";
import { CustomerDesk } from "./customer-desk.js";
import { KeptSays } from "./kept-says.js";
import { SignUp } from "./sign-up.js";

/** The customers' page. */
export function ChatApp({ session }: { session: Session }) {
  const user = useSyncExternalStore(session.subscribe, () => session.user);
  return (
    <FaultBoundary>
      <Toasts>
        {user?.role === "customer" ? <SignedIn key={user.id} session={session} /> : <SignUp session={session} />}
      </Toasts>
    </FaultBoundary>
  );
}

/** The case that a path names; null: none; "new": one that is yet to be opened. */
function caseOf(path: string): { id: number; isNew: boolean } | null {
  const found = /^\/cases\/(\d{1,15})(\/new)?$/.exec(path);
  return found ? { id: Number(found[1]), isNew: found[2] !== undefined } : null;
}

function SignedIn({ session }: { session: Session }) {
  const [desk, setDesk] = useState<CustomerDesk | null>(null);
  const route = useRoute();
  useEffect(() => {
    const { user } = session;
    if (!user) return;
    const opened = new CustomerDesk({
      session,
      user,
      fetch: window.fetch.bind(window),
      socket: WebSocket as unknown as SocketConstructor,
      socketBase: window.location.origin.replace(/^http/, "ws"),
      kept: new KeptSays(localStorage, `switchboard.customer.${user.id}`),
      newKey: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("-"),
    });
    void opened.start();
    setDesk(opened);
    return onComeBack(() => opened.reconnectNow());
  }, [session]);
  useObservable(desk);
  if (!desk) return null;
  const open = caseOf(route);
  return (
    <div className={`chat ${route === "/" ? "" : "has-case"}`}>
      <header className="chat-head">
        <h1>{words.chat.title}</h1>
        <span className="grow" />
        <span className="muted chat-name">{desk.user.name}</span>
        <Button kind="quiet" icon="theme" label={words.nav.theme} onClick={toggleTheme} />
        <Button
          kind="quiet"
          icon="exit"
          label={words.nav.signOut}
          onClick={() => void session.signOut().then(() => go("/"))}
        />
      </header>
      <CaseList desk={desk} activeId={open?.id ?? null} />
      <main className="case-place">
        <CaseView key={open?.id ?? 0} desk={desk} id={open?.id ?? null} isNew={open?.isNew ?? false} />
      </main>
    </div>
  );
}
