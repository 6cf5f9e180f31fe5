import { useEffect, useState } from "react";
import type { z } from "zod";
import type { deliveryWithAttemptsSchema } from "../../contract/http/deliveries.js";
import { asCallError } from "../http/call-error.js";
import { fullTime } from "../parts/clock.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { Modal } from "../parts/modal.js";
import { useDesk } from "../screens/desk-context.js";
import { words } from "../words/en.js";

const text = words.admin;
type Delivery = z.infer<typeof deliveryWithAttemptsSchema>;

/** One delivery: its latest tries, what was asked and what was answered. */
export function DeliveryDialog({ id, onClose }: { id: number; onClose: () => void }) {
  const { http } = useDesk();
  const [delivery, setDelivery] = useState<Delivery | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    http.call<Delivery>("GET", `/api/deliveries/${id}/`).then(setDelivery, (error: unknown) => {
      setFault(asCallError(error).message);
    });
  }, [http, id]);
  return (
    <Modal title={text.attemptsOf(id)} size="wide" onClose={onClose}>
      <div className="attempts">
        <FaultNotice fault={fault} />
        {delivery === null && fault === null && <p className="muted">{words.inbox.loading}</p>}
        {delivery && (
          <p className="muted">
            {text.channels[delivery.channel]}, {text.deliveryStatuses[delivery.status]}
            {delivery.stable_id !== null && (
              <>
                {" · "}
                <code>{delivery.stable_id}</code>
              </>
            )}
          </p>
        )}
        {delivery?.recent.length === 0 && <p>{text.noAttempts}</p>}
        {delivery?.recent.map(({ attempt, at, duration_ms, outcome, error, request, answer }) => (
          <section key={attempt} className="attempt">
            <h3>
              {attempt}. {text.outcomes[outcome]}
              <span className="muted">
                {" "}
                {fullTime(Date.parse(at))}, {duration_ms} ms
              </span>
            </h3>
            {error !== null && <p className="field-fault">{error}</p>}
            <Facts title={text.request} facts={request} />
            <Facts title={text.answer} facts={answer} />
          </section>
        ))}
      </div>
    </Modal>
  );
}

function Facts({ title, facts }: { title: string; facts: Record<string, unknown> | null }) {
  if (facts === null) return null;
  return (
    <details>
      <summary>{title}</summary>
      <pre>{JSON.stringify(facts, null, 2)}</pre>
    </details>
  );
}
