import { caseStateOf } from "../chat/customer-desk.js";
import { Button } from "../parts/button.js";
import { words } from "../words/en-widget.js";
import type { WidgetDesk } from "./widget-desk.js";

/** What was asked before, and who asks. */
export function Cases({ desk }: { desk: WidgetDesk }) {
  const { cases, user } = desk.desk ?? { cases: null, user: null };
  return (
    <div className="talk cases">
      <Button kind="primary" onClick={() => desk.begin()}>
        {words.ask}
      </Button>
      {cases?.length === 0 && <p className="muted">{words.noCases}</p>}
      <ul>
        {(cases ?? []).map((one) => {
          const state = caseStateOf(one);
          const isOpen = one.id === desk.conversationId;
          return (
            <li key={one.id}>
              <button type="button" {...(isOpen ? { "aria-current": true } : {})} onClick={() => desk.choose(one.id)}>
                <strong>{one.title || words.untitled(one.id)}</strong>
                <span className={`state ${state}`}>{words.caseStates[state]}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {!desk.entrance.isPages && user && (
        <footer className="who">
          <p className="muted">{words.signedInAs(user.name)}</p>
          {user.email === null && <Button onClick={() => desk.show("account")}>{words.signInInstead}</Button>}
          <Button kind="quiet" onClick={() => void desk.signOut()}>
            {user.email === null ? words.forget : words.signOut}
          </Button>
        </footer>
      )}
    </div>
  );
}
