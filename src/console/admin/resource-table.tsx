import { useCallback, useEffect, useState } from "react";
import { asCallError } from "../http/call-error.js";
import type { Page } from "../http/desk-calls.js";
import { Button } from "../parts/button.js";
import { fullTime } from "../parts/clock.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { Modal } from "../parts/modal.js";
import { TablePlace } from "../parts/table-place.js";
import { useToast } from "../parts/toasts.js";
import { useDesk } from "../screens/desk-context.js";
import { words } from "../words/en.js";
import { ResourceForm } from "./resource-form.js";
import { pathOf, type Resource, type Row } from "./resources.js";
import { SecretOnce } from "./secret-once.js";

const text = words.admin;
const pageSize = 100;

/** All things of one kind, and what may be done with them. */
export function ResourceTable({ resource }: { resource: Resource }) {
  const { http } = useDesk();
  const say = useToast();
  const [rows, setRows] = useState<readonly Row[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [edited, setEdited] = useState<Row | "new" | null>(null);
  const [doomed, setDoomed] = useState<Row | null>(null);
  const [secret, setSecret] = useState<string | null>(null);

  const load = useCallback(
    async (cursor?: string) => {
      try {
        const query = { ...resource.query, ...(resource.query ? {} : { limit: pageSize }), cursor };
        const answer = await http.call<Page<Row> | Row[]>("GET", resource.path, { query });
        const page = Array.isArray(answer) ? { results: answer, next: null } : answer;
        setRows((known) => (cursor === undefined ? page.results : [...(known ?? []), ...page.results]));
        setNext(page.next);
        setFault(null);
      } catch (error) {
        setFault(asCallError(error).message);
      }
    },
    [http, resource],
  );
  useEffect(() => void load(), [load]);

  const remove = async (row: Row) => {
    setDoomed(null);
    try {
      await http.call("DELETE", pathOf(resource, row));
      say(text.done);
    } catch (error) {
      say(words.fault(asCallError(error).message), true);
    }
    await load();
  };
  const onSaved = (answer: Row) => {
    setEdited(null);
    const shown = resource.secret === undefined ? undefined : answer[resource.secret];
    if (typeof shown === "string") setSecret(shown);
    else say(text.done);
    void load();
  };
  const deleteWord = resource.deleteWord ?? text.delete;

  return (
    <section>
      <div className="admin-head">
        <h2>{resource.title}</h2>
        <Button kind="primary" onClick={() => setEdited("new")}>
          {text.add}
        </Button>
      </div>
      <FaultNotice fault={fault} />
      {rows === null && fault === null && <p className="muted">{words.inbox.loading}</p>}
      {rows !== null && (
        <TablePlace
          title={resource.title}
          columns={resource.columns.map((column) => column.title)}
          isEmpty={rows.length === 0}
          hasActs
        >
          {rows.map((row) => (
            <tr key={String(row[resource.key])}>
              {resource.columns.map(({ name }) => (
                <td key={name}>
                  <span className="cell">{cellOf(name, row[name])}</span>
                </td>
              ))}
              <td className="row-acts">
                {resource.opens && (
                  <a className="button quiet" href={`#/admin/${resource.id}/${String(row[resource.key])}`}>
                    {text.open}
                    <span className="visually-hidden"> {resource.nameOf(row)}</span>
                  </a>
                )}
                <Button kind="quiet" aria-label={`${text.edit} ${resource.nameOf(row)}`} onClick={() => setEdited(row)}>
                  {text.edit}
                </Button>
                {resource.canDelete && !row.revoked_at && (
                  <Button
                    kind="quiet"
                    aria-label={`${deleteWord} ${resource.nameOf(row)}`}
                    onClick={() => setDoomed(row)}
                  >
                    {deleteWord}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </TablePlace>
      )}
      {next !== null && <Button onClick={() => void load(next)}>{text.more}</Button>}
      {edited !== null && (
        <ResourceForm
          resource={resource}
          row={edited === "new" ? null : edited}
          path={edited === "new" ? resource.path : pathOf(resource, edited)}
          onClose={() => setEdited(null)}
          onSaved={onSaved}
        />
      )}
      {doomed !== null && (
        <Modal title={`${deleteWord}: ${resource.nameOf(doomed)}`} onClose={() => setDoomed(null)}>
          <p>{text.sure}</p>
          <div className="form-acts">
            <Button onClick={() => setDoomed(null)}>{words.cancel}</Button>
            <Button kind="primary" onClick={() => void remove(doomed)}>
              {deleteWord}
            </Button>
          </div>
        </Modal>
      )}
      {secret !== null && <SecretOnce secret={secret} onClose={() => setSecret(null)} />}
    </section>
  );
}

/** A value as a cell shows it. */
function cellOf(name: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return words.customer.unknown;
  if (Array.isArray(value)) return value.length === 0 ? text.all : value.join(", ");
  if (typeof value === "boolean") return value ? text.yes : text.no;
  return name.endsWith("_at") ? fullTime(Date.parse(String(value))) : String(value);
}
