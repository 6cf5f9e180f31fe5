import { FaultNotice } from "../parts/fault-notice.js";
import { Icon } from "../parts/icon.js";
import { Ago } from "../parts/time.js";
import { useObservable } from "../parts/use-observable.js";
import { words } from "../words/en.js";
import { type CustomerDesk, caseStateOf } from "./customer-desk.js";

const text = words.chat;

/** A customer's cases, and how each stands. */
export function CaseList({ desk, activeId }: { desk: CustomerDesk; activeId: number | null }) {
  useObservable(desk);
  return (
    <nav className="cases" aria-label={text.cases}>
      <a className="button primary" href="#/new">
        <Icon name="note" />
        {text.ask}
      </a>
      <FaultNotice fault={desk.fault?.message ?? null} />
      {desk.cases?.length === 0 && <p className="muted">{text.noCases}</p>}
      <ul>
        {(desk.cases ?? []).map((one) => {
          const state = caseStateOf(one);
          return (
            <li key={one.id}>
              <a href={`#/cases/${one.id}`} {...(one.id === activeId ? { "aria-current": "page" as const } : {})}>
                <span className="case-head">
                  <strong>{one.title || text.untitled(one.id)}</strong>
                  {one.unread_count > 0 && one.id !== activeId && (
                    <span className="unread" title={text.unread(one.unread_count)}>
                      {one.unread_count}
                      <span className="visually-hidden"> {text.unreadWord}</span>
                    </span>
                  )}
                </span>
                <span className="case-head">
                  <span className={`case-state ${state}`}>{text.states[state]}</span>
                  <span className="muted">
                    <Ago at={Date.parse(one.last_message_at ?? one.created_at)} />
                  </span>
                </span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
