import { Fragment, useEffect, useMemo, useState } from "react";
import type { z } from "zod";
import type { ChatMessage } from "../../contract/events.js";
import type { chatMessagePageSchema } from "../../contract/http/chat-requests.js";
import type { ConversationView } from "../../contract/http/conversations.js";
import { groupBubbles } from "../desk/bubble-groups.js";
import { asCallError } from "../http/call-error.js";
import { Button } from "../parts/button.js";
import { dayName } from "../parts/clock.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { Icon } from "../parts/icon.js";
import { useNow } from "../parts/time.js";
import { Bubbles } from "../screens/bubbles.js";
import { useDesk } from "../screens/desk-context.js";
import { words } from "../words/en.js";

const text = words.admin;
const unmarked = new Map<number, never>();
const pageSize = 100;

/** What was said in one conversation, to be read. */
export function Conversation({ id }: { id: number }) {
  const { http, calls, user } = useDesk();
  const now = useNow();
  const [view, setView] = useState<ConversationView | null>(null);
  const [messages, setMessages] = useState<readonly ChatMessage[]>([]);
  const [older, setOlder] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const read = (cursor?: string) =>
    http
      .call<z.infer<typeof chatMessagePageSchema>>("GET", `/api/chat/threads/${id}/messages/`, {
        query: { limit: pageSize, cursor },
      })
      .then((page) => {
        setMessages((known) => [...(page.results as ChatMessage[]), ...(cursor === undefined ? [] : known)]);
        setOlder(page.next);
      });
  const failed = (error: unknown) => setFault(asCallError(error).message);
  // biome-ignore lint/correctness/useExhaustiveDependencies: fetched once for each conversation
  useEffect(() => {
    const looked = http.call<ConversationView>("GET", `/api/chat/conversations/${id}/`).then(setView);
    Promise.all([looked, read()]).catch(failed);
  }, [http, id]);
  const groups = useMemo(() => groupBubbles(messages), [messages]);
  const customer = view?.participants.find(({ role }) => role === "customer")?.name || words.customer.title;
  return (
    <section>
      <div className="admin-head">
        <h2>
          <a className="button quiet bare" href="#/admin/conversations" aria-label={text.backTo(text.conversations)}>
            <Icon name="back" />
          </a>{" "}
          {view ? view.title || words.chat.untitled(id) : text.conversations}
        </h2>
        {view && view.ticket_id !== null && (
          <a className="button" href={`#/tickets/${view.ticket_id}`}>
            {text.toTicket}
          </a>
        )}
      </div>
      <FaultNotice fault={fault} />
      {view && (
        <p className="muted">
          {[text.conversationKinds[view.kind], ...view.participants.map(({ name }) => name).filter(Boolean)].join(
            " · ",
          )}
        </p>
      )}
      <div className="conversation read-only">
        <div role="log" aria-label={words.ticket.saidTo}>
          {older !== null && (
            <Button onClick={() => void read(older).then(() => setFault(null), failed)}>{words.chat.older}</Button>
          )}
          {groups.map((group) => (
            <Fragment key={group.key}>
              {group.startsDay && (
                <h3 className="day">{dayName(Date.parse(group.messages[0]?.sent_at ?? ""), now, words.ticket)}</h3>
              )}
              <Bubbles group={group} me={user.id} customer={customer} marked={unmarked} calls={calls} />
            </Fragment>
          ))}
        </div>
      </div>
    </section>
  );
}
