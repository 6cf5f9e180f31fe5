import { type FormEvent, useState } from "react";
import { asCallError, type CallError } from "../http/call-error.js";
import { FormEnd } from "../parts/form-end.js";
import { Modal } from "../parts/modal.js";
import { useDesk } from "../screens/desk-context.js";
import { words } from "../words/en.js";
import { bodyOf, type Field, type Resource, type Row } from "./resources.js";

export interface ResourceFormProps {
  resource: Resource;
  /** null: a new one. */
  row: Row | null;
  path: string;
  onClose: () => void;
  onSaved: (answer: Row) => void;
}

const text = words.admin;

/** Makes or changes one thing. What the desk will not have is said beside its field. */
export function ResourceForm({ resource, row, path, onClose, onSaved }: ResourceFormProps) {
  const { http, options } = useDesk();
  const [fault, setFault] = useState<CallError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const fields = resource.fields.filter(({ isForNew, kind, name }) =>
    row ? !isForNew : kind !== "check" || name === "is_active",
  );
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = bodyOf(fields, new FormData(event.currentTarget), row === null);
    setBusy(true);
    try {
      onSaved(await http.call<Row>(row ? "PATCH" : "POST", path, { body, key: options.newKey() }));
    } catch (error) {
      setFault(asCallError(error));
      setBusy(false);
    }
  };
  return (
    <Modal title={row ? `${text.edit}: ${resource.nameOf(row)}` : `${text.add}: ${resource.title}`} onClose={onClose}>
      <form className="form" onSubmit={(event) => void onSubmit(event)}>
        {fields.map((field) => {
          const said = fault?.saidOf(field.name);
          return (
            // biome-ignore lint/a11y/noLabelWithoutControl: its control is the FieldInput in it
            <label key={field.name} className={field.kind === "check" ? "check" : ""}>
              <span className="field-name">{field.label}</span>
              <FieldInput field={field} value={row?.[field.name]} isNew={row === null} />
              {field.hint && <span className="muted">{field.hint}</span>}
              {said && <span className="field-fault">{said}</span>}
            </label>
          );
        })}
        <FormEnd submit={text.save} fault={fault?.message ?? null} isBusy={isBusy} onCancel={onClose} />
      </form>
    </Modal>
  );
}

function FieldInput({ field, value, isNew }: { field: Field; value: unknown; isNew: boolean }) {
  const { name, kind, isRequired = false, choices = [] } = field;
  const shown = Array.isArray(value) ? value.join(", ") : String(value ?? "");
  switch (kind) {
    case "long":
      return <textarea name={name} rows={5} required={isRequired} defaultValue={shown} maxLength={10_000} />;
    case "check":
      return <input name={name} type="checkbox" defaultChecked={isNew || value === true} />;
    case "choice":
      return (
        <select name={name} defaultValue={shown === "" ? choices[0] : shown}>
          {choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      );
    default:
      return (
        <input
          name={name}
          type={kind === "names" ? "text" : kind}
          required={isRequired}
          defaultValue={shown}
          autoComplete={kind === "password" ? "new-password" : "off"}
        />
      );
  }
}
