import { words } from "../words/en.js";
import { Audit } from "./audit.js";
import { ResourceTable } from "./resource-table.js";
import { resources } from "./resources.js";
import "../style/supervisor.css";
import "../style/admin.css";

const text = words.admin;

/** What admins look after. `part` is what the address names. */
export default function Admin({ part }: { part: string }) {
  const resource = resources.find(({ id }) => id === part);
  return (
    <div className="supervisor">
      <header>
        <h1>{text.title}</h1>
      </header>
      <nav className="admin-parts" aria-label={text.parts}>
        {[...resources, { id: "audit", title: text.audit }].map(({ id, title }) => (
          <a key={id} href={`#/admin/${id}`} {...(id === part ? { "aria-current": "page" as const } : {})}>
            {title}
          </a>
        ))}
        <a href="/admin/queues/" target="_blank" rel="noopener">
          {words.nav.board} ↗
        </a>
        <a href="/docs" target="_blank" rel="noopener">
          {words.nav.docs} ↗
        </a>
      </nav>
      {resource ? <ResourceTable key={part} resource={resource} /> : <Audit />}
    </div>
  );
}
