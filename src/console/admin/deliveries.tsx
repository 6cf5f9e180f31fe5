import { useState } from "react";
import type { DeliveryView } from "../../contract/http/deliveries.js";
import { asCallError } from "../http/call-error.js";
import { Button } from "../parts/button.js";
import { clockTime } from "../parts/clock.js";
import { Ago } from "../parts/time.js";
import { useToast } from "../parts/toasts.js";
import { useDesk } from "../screens/desk-context.js";
import { words } from "../words/en.js";
import { DeliveryDialog } from "./delivery-dialog.js";
import { PagedTable } from "./paged-table.js";
import { usePages } from "./use-pages.js";

const text = words.admin;
const statuses = Object.keys(text.deliveryStatuses) as DeliveryView["status"][];
const channels = Object.keys(text.channels) as DeliveryView["channel"][];
const columns = [text.made, text.channel, text.what, text.of, text.status, text.attempts, text.next, text.why];

/** What leaves the desk, newest first; dead letters and what is parked can be sent again. */
export function Deliveries() {
  const [status, setStatus] = useState("");
  const [channel, setChannel] = useState("");
  const [turn, setTurn] = useState(0);
  return (
    <section>
      <div className="admin-head">
        <h2>{text.deliveries}</h2>
        <span className="admin-filters">
          <select aria-label={text.status} value={status} onChange={(event) => setStatus(event.target.value)}>
            <option value="">{text.anyStatus}</option>
            {statuses.map((one) => (
              <option key={one} value={one}>
                {text.deliveryStatuses[one]}
              </option>
            ))}
          </select>
          <select aria-label={text.channel} value={channel} onChange={(event) => setChannel(event.target.value)}>
            <option value="">{text.anyChannel}</option>
            {channels.map((one) => (
              <option key={one} value={one}>
                {text.channels[one]}
              </option>
            ))}
          </select>
          <Button onClick={() => setTurn(turn + 1)}>{text.refresh}</Button>
        </span>
      </div>
      <DeliveryTable key={turn} title={text.deliveries} query={{ status, channel }} />
    </section>
  );
}

/** The deliveries that a query names. */
export function DeliveryTable({ title, query }: { title: string; query: Readonly<Record<string, string>> }) {
  const { http, options } = useDesk();
  const say = useToast();
  const pages = usePages<DeliveryView>("/api/deliveries/", query);
  const [shown, setShown] = useState<number | null>(null);
  const retry = async (id: number) => {
    try {
      await http.call("POST", `/api/deliveries/${id}/retry/`, { body: {}, key: options.newKey() });
      say(text.retried);
    } catch (error) {
      say(words.fault(asCallError(error).message), true);
    }
    await pages.reload();
  };
  return (
    <>
      <PagedTable
        title={title}
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        cells={(row) => [
          <Ago key="at" at={Date.parse(row.created_at)} />,
          text.channels[row.channel],
          row.event ? row.event.type : text.kinds[row.kind],
          subjectOf(row),
          <span key="status" className={`delivery ${row.status}`}>
            {text.deliveryStatuses[row.status]}
          </span>,
          row.attempts,
          nextOf(row),
          row.last_error ?? words.customer.unknown,
        ]}
        acts={({ id, status }) => (
          <>
            <Button kind="quiet" aria-label={`${text.open} ${text.attemptsOf(id)}`} onClick={() => setShown(id)}>
              {text.open}
            </Button>
            {(status === "failed" || status === "parked") && (
              <Button kind="quiet" aria-label={`${text.retry} ${text.attemptsOf(id)}`} onClick={() => void retry(id)}>
                {text.retry}
              </Button>
            )}
          </>
        )}
      />
      {shown !== null && <DeliveryDialog id={shown} onClose={() => setShown(null)} />}
    </>
  );
}

/** When it is tried next. */
function nextOf({ behind, next_attempt_at: at }: DeliveryView): string {
  if (behind) return text.behind;
  return at === null ? words.customer.unknown : clockTime(Date.parse(at));
}

/** What a delivery is about. */
function subjectOf({ message_id, conversation_id, webhook_id }: DeliveryView) {
  if (message_id !== null) return <a href={`#/tickets/${message_id}`}>{text.ticketOf(message_id)}</a>;
  if (conversation_id !== null) {
    return <a href={`#/admin/conversations/${conversation_id}`}>{text.conversationOf(conversation_id)}</a>;
  }
  return webhook_id === null ? words.customer.unknown : text.webhookOf(webhook_id);
}
