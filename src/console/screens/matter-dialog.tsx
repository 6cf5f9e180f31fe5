import { type FormEvent, useRef, useState } from "react";
import type { TicketSession } from "../desk/ticket-session.js";
import { asCallError } from "../http/call-error.js";
import { FormEnd } from "../parts/form-end.js";
import { Modal } from "../parts/modal.js";
import { useToast } from "../parts/toasts.js";
import { words } from "../words/en.js";

export interface MatterDialogProps {
  session: TicketSession;
  kind: "dispute" | "payment";
  onClose: () => void;
}

const currencies = ["USD", "EUR", "GBP", "KES", "TZS", "UGX"];

/** Opens a dispute, or asks for a payment, in the ticket's conversation. */
export default function MatterDialog({ session, kind, onClose }: MatterDialogProps) {
  const text = words[kind];
  const say = useToast();
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  // Sent twice it is there once.
  const key = useRef(session.desk.options.newKey());
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => String(form.get(name) ?? "").trim();
    const amount = field("amount") === "" ? undefined : Number(field("amount"));
    const { calls } = session.desk;
    const conversationId = session.detail?.conversation_id ?? 0;
    setBusy(true);
    try {
      if (kind === "dispute") {
        const dispute = { subject: field("subject"), description: field("description") };
        await calls.dispute(conversationId, amount === undefined ? dispute : { ...dispute, amount }, key.current);
      } else {
        const payment = { amount: amount ?? 0, currency: field("currency"), description: field("description") };
        await calls.payment(conversationId, payment, key.current);
      }
      say(text.done);
      onClose();
    } catch (error) {
      setFault(asCallError(error).message);
      key.current = session.desk.options.newKey();
      setBusy(false);
    }
  };
  return (
    <Modal title={text.title} onClose={onClose}>
      <form className="form" onSubmit={(event) => void onSubmit(event)}>
        {kind === "dispute" && (
          <label>
            {words.dispute.subject}
            <input name="subject" required maxLength={300} />
          </label>
        )}
        <div className="pair">
          <label>
            {text.amount}
            <input
              name="amount"
              type="number"
              min="0.01"
              step="0.01"
              inputMode="decimal"
              required={kind === "payment"}
            />
          </label>
          {kind === "payment" && (
            <label>
              {words.payment.currency}
              <select name="currency">
                {currencies.map((currency) => (
                  <option key={currency}>{currency}</option>
                ))}
              </select>
            </label>
          )}
        </div>
        <label>
          {text.description}
          <textarea
            name="description"
            rows={4}
            required={kind === "dispute"}
            maxLength={kind === "dispute" ? 10_000 : 2000}
          />
        </label>
        <FormEnd submit={text.submit} fault={fault} isBusy={isBusy} onCancel={onClose} />
      </form>
    </Modal>
  );
}
