import { type FormEvent, useState } from "react";
import { FormEnd } from "../parts/form-end.js";
import { Modal } from "../parts/modal.js";
import { words } from "../words/en.js";
import { snoozeTimes } from "./snooze-times.js";

export interface SnoozeDialogProps {
  onSnooze: (until: Date) => void;
  onClose: () => void;
}

const text = words.snooze;

/** Puts a ticket aside until a time of one's own choice, in this browser's time zone. */
export default function SnoozeDialog({ onSnooze, onClose }: SnoozeDialogProps) {
  const [fault, setFault] = useState<string | null>(null);
  const tomorrow = snoozeTimes(new Date()).find(({ id }) => id === "tomorrow")?.until ?? new Date();
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const until = new Date(String(new FormData(event.currentTarget).get("until") ?? ""));
    if (!(until.getTime() > Date.now())) {
      setFault(text.past);
      return;
    }
    onSnooze(until);
    onClose();
  };
  return (
    <Modal title={words.ticket.snooze} onClose={onClose}>
      <form className="form" onSubmit={onSubmit}>
        <label>
          {text.until}
          <input name="until" type="datetime-local" required defaultValue={localTime(tomorrow)} />
        </label>
        <FormEnd submit={words.ticket.snooze} fault={fault} onCancel={onClose} />
      </form>
    </Modal>
  );
}

/** As a `datetime-local` field takes it: without a zone, to the minute. */
function localTime(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
