import { Fragment, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { groupBubbles } from "../desk/bubble-groups.js";
import { asCallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { Button } from "../parts/button.js";
import { clockTime, dayName } from "../parts/clock.js";
import { Icon } from "../parts/icon.js";
import { MessageText } from "../parts/message-text.js";
import { useNow } from "../parts/time.js";
import { useToast } from "../parts/toasts.js";
import { useObservable } from "../parts/use-observable.js";
import { go } from "../parts/use-route.js";
import { Bubbles } from "../screens/bubbles.js";
import { words } from "../words/en.js";
import { CaseComposer } from "./case-composer.js";
import { CaseSession } from "./case-session.js";
import { type CustomerDesk, caseStateOf } from "./customer-desk.js";

const text = words.chat;
const noMarks = new Map<number, never>();

export interface CaseViewProps {
  desk: CustomerDesk;
  /** null: a case that is yet to be opened. */
  id: number | null;
  /** It was opened just now: what was said in it is not answered yet. */
  isNew: boolean;
}

/** One case, or the first words of a new one. */
export function CaseView({ desk, id, isNew }: CaseViewProps) {
  return id === null ? <NewCase desk={desk} /> : <OpenCase desk={desk} id={id} isNew={isNew} />;
}

function NewCase({ desk }: { desk: CustomerDesk }) {
  const say = useToast();
  const [isBusy, setBusy] = useState(false);
  // Sent again because no answer came, it is the same case.
  const key = useRef(desk.options.newKey());
  const open = async (words_: string, file: Upload | null): Promise<boolean> => {
    setBusy(true);
    try {
      go(`/cases/${await desk.open(words_, file, key.current)}/new`);
      return true;
    } catch (error) {
      const failed = asCallError(error);
      if (!failed.isPassing) key.current = desk.options.newKey();
      say(words.fault(failed.message), true);
      setBusy(false);
      return false;
    }
  };
  return (
    <div className="case">
      <div className="case-top">
        <BackLink />
        <h2>{text.ask}</h2>
      </div>
      <div className="conversation prompts">
        <div>
          <p>{text.askHint}</p>
          {desk.prompts.map((prompt) => (
            <Button key={prompt.id} disabled={isBusy} onClick={() => void open(prompt.text, null)}>
              {prompt.title}
            </Button>
          ))}
        </div>
      </div>
      <CaseComposer desk={desk} isBusy={isBusy} onSay={open} onTyping={() => undefined} />
    </div>
  );
}

function BackLink() {
  return (
    <a className="button quiet bare back" href="#/" aria-label={text.back} title={text.back}>
      <Icon name="back" />
    </a>
  );
}

function OpenCase({ desk, id, isNew }: { desk: CustomerDesk; id: number; isNew: boolean }) {
  const [session, setSession] = useState<CaseSession | null>(null);
  const now = useNow();
  const box = useRef<HTMLElement>(null);
  useObservable(session);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whether it was new is told once
  useEffect(() => {
    const opened = new CaseSession(desk, id);
    opened.start(isNew);
    setSession(opened);
    return () => opened.stop();
  }, [desk, id]);
  const messages = session?.conversation.messages ?? [];
  const groups = useMemo(() => groupBubbles(messages), [messages]);
  const shownKeys = new Set(messages.map(({ client_id }) => client_id));
  const pending = (session?.pending ?? []).filter(({ key }) => !shownKeys.has(key));
  const typing = session?.isBotWriting ? [words.ticket.bot] : (session?.conversation.typing ?? []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the end whenever something was added there
  useLayoutEffect(
    () => void box.current?.scrollTo({ top: box.current.scrollHeight }),
    [messages.at(-1)?.id, pending.length, typing.length],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever came is read once it is shown
  useEffect(() => {
    if (document.visibilityState === "visible") session?.seen();
  }, [session, messages.length, session?.state]);
  if (!session?.view) {
    return <p className="empty">{session?.fault ? words.fault(session.fault) : words.inbox.loading}</p>;
  }
  const state = caseStateOf(session.view);
  return (
    <div className="case">
      <div className="case-top">
        <BackLink />
        <h2>{session.view.title || text.untitled(id)}</h2>
        <span className={`case-state ${state}`}>{text.states[state]}</span>
      </div>
      <section
        ref={box}
        className="conversation"
        aria-label={words.ticket.saidTo}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by its keys
        tabIndex={0}
      >
        <div role="log" aria-live="polite" aria-relevant="additions" aria-label={words.ticket.saidTo}>
          {session.older !== null && <Button onClick={() => void session.loadOlder()}>{text.older}</Button>}
          {groups.map((group) => (
            <Fragment key={group.key}>
              {group.startsDay && (
                <h3 className="day">{dayName(Date.parse(group.messages[0]?.sent_at ?? ""), now, words.ticket)}</h3>
              )}
              <Bubbles group={group} me={desk.user.id} customer={desk.user.name} marked={noMarks} calls={desk.calls} />
            </Fragment>
          ))}
          {pending.map((item) => (
            <article key={item.key} className="bubbles customer mine outgoing">
              <div className="bubble">
                {item.text !== "" && <MessageText text={item.text} />}
                {item.file && <p className="muted">{item.file.name}</p>}
                <footer>
                  <span>{session.state === "open" ? words.ticket.sending : words.ticket.queued}</span>
                  <time>{clockTime(item.at)}</time>
                </footer>
              </div>
              {item.refusal !== null && (
                <div className="refused" role="alert">
                  <p>
                    {words.composer.refused} {item.refusal}
                  </p>
                  <div>
                    <Button onClick={() => session.discard(item.key)}>{words.composer.discard}</Button>
                  </div>
                </div>
              )}
            </article>
          ))}
        </div>
      </section>
      <p className="typing-line" role="status">
        {typing.length > 0
          ? words.ticket.typing(typing.join(", "))
          : session.state === "waiting"
            ? words.live.waiting
            : state === "closed"
              ? text.closedHint
              : ""}
      </p>
      <CaseComposer
        desk={desk}
        isBusy={false}
        onTyping={() => session.typing()}
        onSay={async (said, file) => {
          session.say(said, file);
          return true;
        }}
      />
    </div>
  );
}
