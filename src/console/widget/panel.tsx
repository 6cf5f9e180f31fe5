import { caseStateOf } from "../chat/customer-desk.js";
import { Button } from "../parts/button.js";
import { words } from "../words/en-widget.js";
import { Account } from "./account.js";
import { Cases } from "./cases.js";
import { Composer } from "./composer.js";
import { Greeting } from "./greeting.js";
import type { WidgetSettings } from "./settings.js";
import { Talk } from "./talk.js";
import type { WidgetDesk } from "./widget-desk.js";

export interface PanelProps {
  desk: WidgetDesk;
  settings: WidgetSettings;
}

/** The open widget: who answers, what was said, and where one writes. */
export function Panel({ desk, settings }: PanelProps) {
  const { view } = desk;
  return (
    <section className="panel" role="dialog" aria-label={settings.botName}>
      <header className="head">
        {view !== "talk" && desk.desk && (
          <Button kind="quiet" icon="back" label={words.back} onClick={() => desk.show("talk")} />
        )}
        <div className="grow">
          <h2>{settings.botName}</h2>
          <p>{view === "talk" ? standing(desk) : view === "cases" ? words.cases : words.signIn}</p>
        </div>
        {view === "talk" && desk.desk && (
          <Button kind="quiet" icon="list" label={words.cases} onClick={() => desk.show("cases")} />
        )}
        <Button kind="quiet" icon="close" label={words.close} onClick={() => desk.close()} />
      </header>
      <Trouble desk={desk} />
      {view === "cases" && <Cases desk={desk} />}
      {view === "account" && <Account desk={desk} base={settings.base} />}
      {view === "talk" && (
        <>
          {desk.talk || desk.opening.length > 0 ? (
            <Talk desk={desk} botName={settings.botName} />
          ) : (
            <Greeting desk={desk} />
          )}
          <Composer desk={desk} />
        </>
      )}
    </section>
  );
}

/** Who answers, or what keeps them. */
function standing(desk: WidgetDesk): string {
  const { talk } = desk;
  if (!talk?.view) return desk.desk || desk.fault ? "" : words.connecting;
  const { ticket } = talk.conversation;
  const state = caseStateOf(talk.view);
  const name = ticket?.assignedTo?.name;
  return state === "answered" && name ? words.answeredBy(name) : words.states[state];
}

function Trouble({ desk }: { desk: WidgetDesk }) {
  const text = troubleOf(desk);
  return <div role="status">{text !== "" && <p className="trouble">{text}</p>}</div>;
}

function troubleOf({ fault, talk, view }: WidgetDesk): string {
  if (!navigator.onLine || talk?.state === "waiting") return words.away;
  if (fault && view !== "account") return fault.isPassing ? words.unreachable : words.fault(fault.message);
  return talk?.fault ? words.fault(talk.fault) : "";
}
