import { Fragment, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { ChatMessage, UrgencyView } from "../../contract/events.js";
import { groupBubbles } from "../desk/bubble-groups.js";
import type { Outgoing } from "../desk/outgoing.js";
import { scoredWords } from "../desk/scored-words.js";
import type { TicketSession } from "../desk/ticket-session.js";
import { Button } from "../parts/button.js";
import { dayName } from "../parts/clock.js";
import type { Mark } from "../parts/marked-text.js";
import { useNow } from "../parts/time.js";
import { useObservable } from "../parts/use-observable.js";
import { words } from "../words/en.js";
import { Bubbles, type Marked } from "./bubbles.js";
import { OutgoingBubble } from "./outgoing-bubble.js";

/** Nearer to the end than that, what comes is scrolled to, px. */
const nearEnd = 120;

/** All that was said, and below it what is on its way. */
export function ConversationView({ session }: { session: TicketSession }) {
  const { desk, conversation, detail } = session;
  useObservable(desk.outgoing);
  const now = useNow();
  const box = useRef<HTMLElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const { messages } = conversation;
  const groups = useMemo(() => groupBubbles(messages), [messages]);
  const outgoing = notYetShown(desk.outgoing.of(session.id), session);
  const marked = useMemo(() => markedIn(messages, detail), [messages, detail]);

  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the end whenever something was added there
  useLayoutEffect(() => {
    if (isAtEnd) toEnd();
  }, [messages.length, outgoing.length, isAtEnd]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever came is looked at once it is shown
  useEffect(() => {
    if (isAtEnd && document.visibilityState === "visible") session.seen();
  }, [messages.length, isAtEnd, session.isMine]);

  return (
    <div className="conversation-place">
      <section
        ref={box}
        className="conversation"
        aria-label={words.ticket.saidTo}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by its keys
        tabIndex={0}
        onScroll={({ currentTarget: at }) => setAtEnd(at.scrollHeight - at.scrollTop - at.clientHeight < nearEnd)}
      >
        <div role="log" aria-live="polite" aria-relevant="additions" aria-label={words.ticket.saidTo}>
          {groups.map((group) => (
            <Fragment key={group.key}>
              {group.startsDay && (
                <h2 className="day">{dayName(Date.parse(group.messages[0]?.sent_at ?? ""), now, words.ticket)}</h2>
              )}
              <Bubbles
                group={group}
                me={desk.user.id}
                customer={detail?.customer.name || detail?.user_id || ""}
                marked={marked}
                calls={desk.calls}
              />
            </Fragment>
          ))}
          {outgoing.map((item) => (
            <OutgoingBubble key={item.key} item={item} session={session} />
          ))}
        </div>
      </section>
      {!isAtEnd && (
        <Button className="to-end" icon="down" onClick={toEnd}>
          {words.ticket.newest}
        </Button>
      )}
    </div>
  );
}

/** Without what has come back over the socket before its call was answered. */
function notYetShown(items: readonly Outgoing[], { conversation, desk }: TicketSession): Outgoing[] {
  const mine = conversation.messages.filter(({ sender }) => sender?.id === desk.user.id);
  return items.filter(
    (item) =>
      item.state === "refused" ||
      !mine.some(
        ({ text, sent_at, client_id }) =>
          client_id === item.key || (text === item.text && Date.parse(sent_at) > item.at - 2000),
      ),
  );
}

/** The urgency's terms as marks in the messages that it was read from, the weightiest first. */
function markedIn(messages: readonly ChatMessage[], detail: TicketSession["detail"]): Marked {
  const words = scoredWords(messages, detail?.urgency?.terms ?? []);
  return new Map([...words].map(([id, terms]) => [id, marksOf(terms)]));
}

function marksOf(terms: readonly UrgencyView["terms"][number][]): Mark[] {
  return [...terms]
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .map(({ start, end, stem, weight }) => ({
      start,
      end,
      kind: weight >= 0 ? "raises" : "lowers",
      title: `${stem} ${weight >= 0 ? "+" : ""}${weight.toFixed(2)}`,
    }));
}
