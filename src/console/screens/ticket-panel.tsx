import { lazy, Suspense, useEffect, useState } from "react";
import type { TicketSession } from "../desk/ticket-session.js";
import { Button } from "../parts/button.js";
import { LevelBadge } from "../parts/level-badge.js";
import { Ago } from "../parts/time.js";
import { words } from "../words/en.js";
import { UrgencyPart } from "./urgency-part.js";

const CustomerDialog = lazy(() => import("./customer-dialog.js"));

const text = words.customer;

/** Who wrote, what else they wrote, and why the ticket stands where it stands. */
export function TicketPanel({ session, onClose }: { session: TicketSession; onClose: () => void }) {
  const { detail, customer, standing } = session;
  const [isEdited, setEdited] = useState(false);
  const status = standing?.status;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the customer's counts move with the ticket
  useEffect(() => void session.loadCustomer(), [session, status]);
  if (!detail) return null;
  const known = customer ?? detail.customer;
  const history = (customer?.tickets ?? []).filter(({ id }) => id !== detail.id);
  const attributes = Object.entries(known.attributes);
  return (
    <aside className="panel" aria-label={words.ticket.panel}>
      <Button kind="quiet" icon="close" label={words.close} className="panel-close" onClick={onClose} />
      <UrgencyPart session={session} />
      <section>
        <h2 className="panel-head">
          {text.title}
          <Button kind="quiet" icon="pen" label={text.edit} onClick={() => setEdited(true)} />
        </h2>
        <dl className="facts">
          <dt>{text.id}</dt>
          <dd>{known.user_id}</dd>
          <dt>{text.email}</dt>
          <dd>{known.email ?? text.unknown}</dd>
          <dt>{text.phone}</dt>
          <dd>{known.phone ?? text.unknown}</dd>
          <dt>{text.seen}</dt>
          <dd>{known.last_seen_at === null ? text.unknown : <Ago at={Date.parse(known.last_seen_at)} />}</dd>
          <dt>{text.open}</dt>
          <dd>{known.open_tickets}</dd>
          <dt>{text.total}</dt>
          <dd>{known.total_tickets}</dd>
          {attributes.map(([name, value]) => [
            <dt key={`${name}-name`}>{name}</dt>,
            <dd key={`${name}-value`}>{typeof value === "string" ? value : JSON.stringify(value)}</dd>,
          ])}
        </dl>
      </section>
      <section>
        <h2>{text.history}</h2>
        {history.length === 0 && <p className="muted">{text.noHistory}</p>}
        <ul className="history">
          {history.map((ticket) => (
            <li key={ticket.id}>
              <a href={`#/tickets/${ticket.id}`}>
                <span className="history-head">
                  <LevelBadge level={ticket.urgency?.level ?? null} />
                  <span className="muted">{words.statuses[ticket.status]}</span>
                  <span className="grow" />
                  <Ago at={Date.parse(ticket.created_at)} />
                </span>
                <span className="history-body">{ticket.body.slice(0, 140)}</span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <Suspense>
        {isEdited && <CustomerDialog session={session} customer={known} onClose={() => setEdited(false)} />}
      </Suspense>
    </aside>
  );
}
