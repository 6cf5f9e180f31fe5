import { type FormEvent, useState } from "react";
import type { CustomerView } from "../../contract/http/customers.js";
import type { TicketSession } from "../desk/ticket-session.js";
import { asCallError, type CallError } from "../http/call-error.js";
import { FormEnd } from "../parts/form-end.js";
import { Modal } from "../parts/modal.js";
import { useToast } from "../parts/toasts.js";
import { words } from "../words/en.js";

export interface CustomerDialogProps {
  session: TicketSession;
  customer: CustomerView;
  onClose: () => void;
}

const text = words.customer;

/** Changes what is known of a customer. What the desk will not have is said beside its field. */
export default function CustomerDialog({ session, customer, onClose }: CustomerDialogProps) {
  const say = useToast();
  const [fault, setFault] = useState<CallError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = (name: string) => String(form.get(name) ?? "").trim();
    setBusy(true);
    try {
      await session.desk.calls.updateCustomer(customer.id, {
        name: given("name"),
        email: given("email") || null,
        phone: given("phone") || null,
      });
      await Promise.all([session.load(), session.loadCustomer()]);
      say(text.saved);
      onClose();
    } catch (error) {
      setFault(asCallError(error));
      setBusy(false);
    }
  };
  return (
    <Modal title={text.edit} onClose={onClose}>
      <form className="form" onSubmit={(event) => void onSubmit(event)}>
        <label>
          {text.name}
          <input name="name" defaultValue={customer.name} maxLength={200} autoComplete="off" />
          <FieldFault said={fault?.saidOf("name")} />
        </label>
        <label>
          {text.email}
          <input name="email" type="email" defaultValue={customer.email ?? ""} autoComplete="off" />
          <FieldFault said={fault?.saidOf("email")} />
        </label>
        <label>
          {text.phone}
          <input name="phone" type="tel" defaultValue={customer.phone ?? ""} maxLength={50} autoComplete="off" />
          <FieldFault said={fault?.saidOf("phone")} />
        </label>
        <FormEnd submit={words.admin.save} fault={fault?.message ?? null} isBusy={isBusy} onCancel={onClose} />
      </form>
    </Modal>
  );
}

function FieldFault({ said }: { said: string | undefined }) {
  return said === undefined ? null : <span className="field-fault">{said}</span>;
}
