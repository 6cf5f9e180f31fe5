import type { ConversationView } from "../../contract/http/conversations.js";
import { Ago } from "../parts/time.js";
import { words } from "../words/en.js";
import { PagedTable } from "./paged-table.js";
import { usePages } from "./use-pages.js";

const text = words.admin;
const columns = [text.titleWord, text.kind, text.takesPart, text.lastMessage, text.state];

/** The conversations that the admin sees, the one with the newest message first. */
export function Conversations() {
  const pages = usePages<ConversationView>("/api/chat/conversations/", {});
  return (
    <section>
      <div className="admin-head">
        <h2>{text.conversations}</h2>
      </div>
      <PagedTable
        title={text.conversations}
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        cells={({ id, title, kind, participants, last_message_at, ticket_status }) => [
          title || words.chat.untitled(id),
          text.conversationKinds[kind],
          participants.map(({ name }) => name).join(", ") || words.customer.unknown,
          last_message_at === null ? words.customer.unknown : <Ago key="at" at={Date.parse(last_message_at)} />,
          ticket_status === null ? words.customer.unknown : words.statuses[ticket_status],
        ]}
        acts={({ id, title, ticket_id }) => (
          <>
            {ticket_id !== null && (
              <a className="button quiet" href={`#/tickets/${ticket_id}`}>
                {text.toTicket}
              </a>
            )}
            <a className="button quiet" href={`#/admin/conversations/${id}`}>
              {text.open}
              <span className="visually-hidden"> {title || words.chat.untitled(id)}</span>
            </a>
          </>
        )}
      />
    </section>
  );
}
