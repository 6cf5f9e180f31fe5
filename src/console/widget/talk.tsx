import { Fragment, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { caseStateOf } from "../chat/customer-desk.js";
import type { PendingSay } from "../chat/kept-says.js";
import { groupBubbles } from "../desk/bubble-groups.js";
import { Button } from "../parts/button.js";
import { clockTime, dayName } from "../parts/clock.js";
import { MessageText } from "../parts/message-text.js";
import { words } from "../words/en-widget.js";
import { Bubbles } from "./bubbles.js";
import type { WidgetDesk } from "./widget-desk.js";

/** That near to the end it is read along, px. */
const nearPx = 80;

/** What was said, newest last, and what is on its way. */
export function Talk({ desk, botName }: { desk: WidgetDesk; botName: string }) {
  const { talk } = desk;
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const messages = talk?.conversation.messages ?? [];
  const groups = useMemo(() => groupBubbles(messages), [messages]);
  const stored = new Set(messages.map(({ client_id }) => client_id));
  const pending = (talk?.pending ?? desk.opening).filter(({ key }) => !stored.has(key));
  const typing = talk?.isBotWriting ? [botName] : (talk?.conversation.typing ?? []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the end when something was added there
  useLayoutEffect(() => {
    if (isAtEnd.current || pending.length > 0) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [messages.at(-1)?.id, pending.length, typing.length]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever came is read once it is shown
  useEffect(() => {
    if (document.visibilityState === "visible") desk.seen();
  }, [talk, messages.length, talk?.state]);
  return (
    <div
      ref={box}
      className="talk"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by its keys
      tabIndex={0}
      role="log"
      aria-label={words.talk}
      onScroll={({ currentTarget: at }) => {
        isAtEnd.current = at.scrollHeight - at.scrollTop - at.clientHeight < nearPx;
      }}
    >
      {talk && talk.older !== null && <Button onClick={() => void talk.loadOlder()}>{words.older}</Button>}
      {groups.map((group) => (
        <Fragment key={group.key}>
          {group.startsDay && (
            <h3 className="day">{dayName(Date.parse(group.messages[0]?.sent_at ?? ""), Date.now(), words)}</h3>
          )}
          <Bubbles group={group} botName={botName} desk={desk} />
        </Fragment>
      ))}
      {pending.map((item) => (
        <Pending key={item.key} item={item} isLive={talk?.state === "open"} onDiscard={() => desk.discard(item.key)} />
      ))}
      {talk?.view && caseStateOf(talk.view) === "closed" && <p className="system">{words.closedHint}</p>}
      {typing.length > 0 && (
        <p className="typing" aria-live="off">
          <span className="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {words.typing(typing.join(", "))}
        </p>
      )}
    </div>
  );
}

interface PendingProps {
  item: PendingSay;
  isLive: boolean;
  onDiscard: () => void;
}

/** Something that is on its way, or that the desk would not have. */
function Pending({ item, isLive, onDiscard }: PendingProps) {
  const { text, file, at, refusal } = item;
  return (
    <article className="bubbles customer pending">
      <div className="bubble">
        {text !== "" && <MessageText text={text} />}
        {file && <p className="muted">{file.name}</p>}
        <footer>
          {refusal === null && <span>{isLive ? words.sending : words.queued}</span>}
          <time>{clockTime(at)}</time>
        </footer>
      </div>
      {refusal !== null && (
        <div className="refused" role="alert">
          <p>
            {words.refused} {refusal}
          </p>
          <Button onClick={onDiscard}>{words.discard}</Button>
        </div>
      )}
    </article>
  );
}
