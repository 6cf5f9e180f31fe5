import { useCallback, useEffect, useState } from "react";
import type { AuditEntryView } from "../../contract/http/audit.js";
import { asCallError } from "../http/call-error.js";
import type { Page } from "../http/desk-calls.js";
import { Button } from "../parts/button.js";
import { fullTime } from "../parts/clock.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { TablePlace } from "../parts/table-place.js";
import { useDesk } from "../screens/desk-context.js";
import { words } from "../words/en.js";

const text = words.admin;
const waitMs = 300;

/** What was done, by whom and to what, the newest first. */
export function Audit() {
  const { http } = useDesk();
  const [entries, setEntries] = useState<readonly AuditEntryView[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [actor, setActor] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const load = useCallback(
    async (cursor?: string) => {
      try {
        const query = { actor: actor.trim(), limit: 50, cursor };
        const page = await http.call<Page<AuditEntryView>>("GET", "/api/audit/", { query });
        setEntries((known) => (cursor === undefined ? page.results : [...(known ?? []), ...page.results]));
        setNext(page.next);
        setFault(null);
      } catch (error) {
        setFault(asCallError(error).message);
      }
    },
    [http, actor],
  );
  useEffect(() => {
    const timer = setTimeout(() => void load(), waitMs);
    return () => clearTimeout(timer);
  }, [load]);
  return (
    <section>
      <div className="admin-head">
        <h2>{text.audit}</h2>
        <input
          type="search"
          aria-label={text.byWhom}
          placeholder={text.byWhom}
          value={actor}
          onChange={(event) => setActor(event.target.value)}
        />
      </div>
      <FaultNotice fault={fault} />
      <TablePlace
        title={text.audit}
        columns={[text.when, text.who, text.what, text.toWhat, text.change]}
        isEmpty={entries?.length === 0}
      >
        {(entries ?? []).map(({ id, at, actor: who, action, subject, before, after }) => (
          <tr key={id}>
            <td>{fullTime(Date.parse(at))}</td>
            <td>{who.name || who.kind}</td>
            <td>{action}</td>
            <td>
              {subject.kind} {subject.id}
            </td>
            <td>
              <span className="cell">{changeOf(before, after)}</span>
            </td>
          </tr>
        ))}
      </TablePlace>
      {next !== null && <Button onClick={() => void load(next)}>{text.more}</Button>}
    </section>
  );
}

function changeOf(before: Record<string, unknown> | null, after: Record<string, unknown> | null): string {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const shown = (value: unknown) =>
    value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return names.map((name) => `${name}: ${shown(before?.[name])} → ${shown(after?.[name])}`).join("; ");
}
