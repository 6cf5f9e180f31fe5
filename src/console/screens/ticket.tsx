import { useCallback, useEffect, useRef, useState } from "react";
import type { Desk } from "../desk/desk.js";
import { type ClaimOutcome, TicketSession } from "../desk/ticket-session.js";
import { useObservable } from "../parts/use-observable.js";
import { words } from "../words/en.js";
import { Composer } from "./composer.js";
import { ConversationView } from "./conversation-view.js";
import { TicketHead } from "./ticket-head.js";
import { TicketPanel } from "./ticket-panel.js";

const panelKey = "switchboard.panel";
const isWideEnough = () => window.matchMedia("(min-width: 1180px)").matches;

/** One ticket: what was said, who wrote it and why it is urgent, and what can be done. */
export function Ticket({ desk, id }: { desk: Desk; id: number }) {
  const [session, setSession] = useState<TicketSession | null>(null);
  const [hasPanel, setPanel] = useState(() => isWideEnough() && localStorage.getItem(panelKey) !== "0");
  const composer = useRef<{ focus: (isNote: boolean) => void } | null>(null);
  useObservable(desk);
  useObservable(session);
  useEffect(() => {
    const opened = new TicketSession(desk, id);
    setSession(opened);
    void opened.start();
    return () => opened.stop();
  }, [desk, id]);
  const togglePanel = useCallback(
    () =>
      setPanel((shown) => {
        localStorage.setItem(panelKey, shown ? "0" : "1");
        return !shown;
      }),
    [],
  );
  const write = useCallback((isNote: boolean) => composer.current?.focus(isNote), []);

  if (!session?.detail) {
    const fault = session?.fault;
    const text =
      fault?.status === 404 ? words.ticket.missing : fault ? words.fault(fault.message) : words.ticket.loading;
    return <p className="empty">{text}</p>;
  }
  return (
    <div className={`ticket ${hasPanel ? "has-panel" : ""}`}>
      <TicketHead session={session} hasPanel={hasPanel} onPanel={togglePanel} onWrite={write} />
      <ConversationView session={session} />
      <Lost outcome={session.lost} />
      <Composer key={id} session={session} handle={composer} />
      {hasPanel && <TicketPanel session={session} onClose={togglePanel} />}
    </div>
  );
}

/** What became of a claim that was not ours to have. */
function Lost({ outcome }: { outcome: ClaimOutcome | null }) {
  const text = outcome === null ? "" : textOf(outcome);
  return (
    <div role="alert" className="lost-place">
      {text !== "" && <p className="notice fault">{text}</p>}
    </div>
  );
}

function textOf(outcome: ClaimOutcome): string {
  switch (outcome.outcome) {
    case "claimed":
      return "";
    case "lost":
      return words.ticket.lost(outcome.by);
    case "closed":
      return words.ticket.gotClosed;
    case "full":
      return words.ticket.full;
    case "failed":
      return words.fault(outcome.error.message);
  }
}
