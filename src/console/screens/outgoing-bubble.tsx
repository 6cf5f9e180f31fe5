import type { Outgoing } from "../desk/outgoing.js";
import type { TicketSession } from "../desk/ticket-session.js";
import { Button } from "../parts/button.js";
import { clockTime } from "../parts/clock.js";
import { MessageText } from "../parts/message-text.js";
import { words } from "../words/en.js";

const text = words.composer;

/** Something on its way; refused, it says why and what can be done. Its text comes back to who edits it. */
export function OutgoingBubble({ item, session }: { item: Outgoing; session: TicketSession }) {
  const { desk } = session;
  const isStale = item.refusal?.code === "stale_version";
  const edit = () => {
    desk.outgoing.discard(item.key);
    const draft = desk.drafts.read(item.ticketId);
    const joined = draft.text === "" ? item.text : `${item.text}\n\n${draft.text}`;
    desk.drafts.write(item.ticketId, { text: joined, isNote: item.kind === "note", canned: null });
    session.desk.redraft(item.ticketId);
  };
  return (
    <article className={`bubbles mine outgoing ${item.kind === "note" ? "note" : "agent"} is-${item.state}`}>
      <div className="bubble">
        {item.text !== "" && <MessageText text={item.text} />}
        {item.attachment && <p className="muted">{item.attachment.name}</p>}
        <footer>
          <span>
            {item.state === "sending" ? words.ticket.sending : item.state === "waiting" ? words.ticket.queued : ""}
          </span>
          <time>{clockTime(item.at)}</time>
        </footer>
      </div>
      {item.state === "refused" && (
        <div className="refused" role="alert">
          <p>{isStale ? text.stale : `${text.refused} ${item.refusal?.detail ?? ""}`}</p>
          {isStale && <NewWords item={item} />}
          <div>
            <Button kind="primary" onClick={() => desk.outgoing.again(item.key, session.standing?.version)}>
              {isStale ? text.sendAnyway : words.inbox.again}
            </Button>
            <Button onClick={edit}>{text.edit}</Button>
            <Button kind="quiet" onClick={() => desk.outgoing.discard(item.key)}>
              {text.discard}
            </Button>
          </div>
        </div>
      )}
    </article>
  );
}

/** What the customer said since, as the refusal tells it. */
function NewWords({ item }: { item: Outgoing }) {
  const said = item.refusal?.facts.messages;
  if (!Array.isArray(said)) return null;
  return (
    <ul>
      {(said as { id: number; text: string }[]).map(({ id, text: words }) => (
        <li key={id}>{words}</li>
      ))}
    </ul>
  );
}
