import { words } from "../words/en.js";
import { Audit } from "./audit.js";
import { Conversation } from "./conversation.js";
import { Conversations } from "./conversations.js";
import { Deliveries } from "./deliveries.js";
import { ResourceTable } from "./resource-table.js";
import { resources } from "./resources.js";
import { Webhook } from "./webhook.js";
import "../style/supervisor.css";
import "../style/admin.css";

const text = words.admin;

const others = [
  { id: "conversations", title: text.conversations },
  { id: "deliveries", title: text.deliveries },
  { id: "audit", title: text.audit },
];

/** What admins look after. `part` and `id` are what the address names. */
export default function Admin({ part, id: one }: { part: string; id: number | null }) {
  return (
    <div className="supervisor">
      <header>
        <h1>{text.title}</h1>
      </header>
      <nav className="admin-parts" aria-label={text.parts}>
        {[...resources, ...others].map(({ id, title }) => (
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
      <Part key={`${part}/${one}`} part={part} id={one} />
    </div>
  );
}

function Part({ part, id }: { part: string; id: number | null }) {
  const resource = resources.find((known) => known.id === part);
  if (resource?.id === "webhooks" && id !== null) return <Webhook id={id} />;
  if (resource) return <ResourceTable resource={resource} />;
  if (part === "conversations") return id === null ? <Conversations /> : <Conversation id={id} />;
  return part === "deliveries" ? <Deliveries /> : <Audit />;
}
