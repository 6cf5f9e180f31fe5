import { useEffect, useState } from "react";
import { fillCanned } from "../desk/fill-canned.js";
import type { TicketSession } from "../desk/ticket-session.js";
import type { Suggestion } from "../http/desk-calls.js";
import { Modal } from "../parts/modal.js";
import { PickList } from "../parts/pick-list.js";
import { useObservable } from "../parts/use-observable.js";
import { words } from "../words/en.js";

export interface CannedDialogProps {
  session: TicketSession;
  onClose: () => void;
  onPick: (canned: { id: number; text: string }) => void;
}

/** The canned replies; those that fit this ticket best stand first. */
export default function CannedDialog({ session, onClose, onPick }: CannedDialogProps) {
  const { desk, detail } = session;
  const [best, setBest] = useState<readonly Suggestion[]>([]);
  useObservable(desk);
  useEffect(() => {
    let isHere = true;
    desk.calls.suggestions(session.id).then(
      ({ results }) => isHere && setBest(results.filter(({ score }) => score > 0)),
      () => undefined,
    );
    return () => {
      isHere = false;
    };
  }, [desk, session.id]);
  if (!detail) return null;
  const bestIds = new Set(best.map(({ id }) => id));
  const ordered = [...best, ...desk.canned.filter(({ id }) => !bestIds.has(id))];
  const entries = ordered.map(({ id, title, shortcut, text }) => {
    const filled = fillCanned(text, detail, desk.user);
    return {
      id: String(id),
      text: `${shortcut ?? ""} ${title} ${text}`,
      canned: { id, text: filled },
      shown: (
        <span className="canned">
          <span className="canned-head">
            <strong>{title}</strong>
            {shortcut !== null && <kbd>/{shortcut}</kbd>}
            {bestIds.has(id) && <span className="tag">{words.canned.suggested}</span>}
          </span>
          <span className="muted">{filled}</span>
        </span>
      ),
    };
  });
  return (
    <Modal title={words.canned.title} onClose={onClose} size="wide">
      <PickList
        label={words.canned.title}
        placeholder={words.canned.search}
        none={words.canned.none}
        entries={entries}
        onPick={({ canned }) => onPick(canned)}
      />
    </Modal>
  );
}
