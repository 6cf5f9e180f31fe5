import { words } from "../words/en.js";

const text = words.admin;

/** A row as the API answers it. */
export type Row = Record<string, unknown>;

/** A field of a form, and what it is in the request. */
export interface Field {
  name: string;
  label: string;
  /** `names`: a list of texts, with commas between them. */
  kind: "text" | "email" | "password" | "number" | "long" | "names" | "check" | "choice";
  choices?: readonly string[];
  isRequired?: boolean;
  /** Asked for only when it is made. */
  isForNew?: boolean;
  hint?: string;
}

/** A kind of thing that admins look after. */
export interface Resource {
  id: string;
  title: string;
  path: string;
  /** All of them, where the plain path does not answer all. */
  query?: Record<string, string>;
  /** What stands in the path of one. */
  key: "id" | "name";
  /** What one is called. */
  nameOf: (row: Row) => string;
  columns: readonly { name: string; title: string }[];
  fields: readonly Field[];
  canDelete: boolean;
  deleteWord?: string;
  /** The field of the answer that is shown once. */
  secret?: string;
  /** One has a page of its own, at `#/admin/<id>/<key>`. */
  opens?: true;
}

const name = { name: "name", title: text.name };
const email = { name: "email", title: text.email };
const nameField: Field = { name: "name", label: text.name, kind: "text", isRequired: true };
const emailField: Field = { name: "email", label: text.email, kind: "email", isRequired: true };
const password: Field = {
  name: "password",
  label: text.password,
  kind: "password",
  isForNew: true,
  hint: text.passwordHint,
};
const nameOf = (row: Row) => String(row.name);
const titleOf = (row: Row) => String(row.title);

/** The kinds, in the order in which they are shown. */
export const resources: readonly Resource[] = [
  {
    ...{ id: "agents", title: text.agents, path: "/api/agents/", key: "id", nameOf, canDelete: true },
    columns: [
      name,
      email,
      { name: "availability", title: text.state },
      { name: "open_tickets", title: text.holds },
      { name: "capacity", title: text.capacity },
      { name: "queues", title: text.queues },
    ],
    fields: [
      nameField,
      emailField,
      password,
      { name: "capacity", label: text.capacity, kind: "number" },
      { name: "queues", label: text.queues, kind: "names", hint: text.queuesHint },
    ],
  },
  {
    ...{ id: "users", title: text.users, path: "/api/users/", key: "id", nameOf, canDelete: true },
    columns: [name, email, { name: "role", title: text.role }, { name: "disabled", title: text.disabled }],
    fields: [
      { name: "role", label: text.role, kind: "choice", choices: ["customer", "agent", "admin"], isForNew: true },
      nameField,
      emailField,
      { ...password, isRequired: true },
      { name: "disabled", label: text.disabled, kind: "check", hint: text.disabledHint },
    ],
  },
  {
    ...{ id: "queues", title: text.queues, path: "/api/queues/", key: "name", nameOf, canDelete: false },
    columns: [name, { name: "topics", title: text.topics }, { name: "agents", title: text.agents }],
    fields: [
      { ...nameField, hint: text.queueNameHint },
      { name: "topics", label: text.topics, kind: "names", hint: text.topicsHint },
    ],
  },
  {
    ...{ id: "canned", title: words.canned.title, path: "/api/canned/", key: "id", nameOf: titleOf, canDelete: true },
    columns: [
      { name: "title", title: text.name },
      { name: "shortcut", title: text.shortcut },
      { name: "text", title: text.text },
      { name: "uses", title: text.uses },
    ],
    fields: [
      { name: "title", label: text.name, kind: "text", isRequired: true },
      { name: "shortcut", label: text.shortcut, kind: "text" },
      { name: "text", label: text.text, kind: "long", isRequired: true, hint: text.cannedHint },
    ],
  },
  {
    ...{ id: "prompts", title: text.prompts, path: "/api/bot-prompts/", key: "id", nameOf: titleOf, canDelete: true },
    query: { all: "1" },
    columns: [
      { name: "title", title: text.name },
      { name: "text", title: text.text },
      { name: "order", title: text.order },
      { name: "is_active", title: text.active },
    ],
    fields: [
      { name: "title", label: text.name, kind: "text", isRequired: true },
      { name: "text", label: text.text, kind: "long", isRequired: true },
      { name: "order", label: text.order, kind: "number" },
      { name: "is_active", label: text.active, kind: "check" },
    ],
  },
  {
    ...{ id: "api-keys", title: text.apiKeys, path: "/api/api-keys/", key: "id", nameOf, canDelete: true },
    deleteWord: text.revoke,
    secret: "key",
    columns: [
      name,
      { name: "created_at", title: text.made },
      { name: "last_used_at", title: text.used },
      { name: "revoked_at", title: text.revoked },
    ],
    fields: [nameField],
  },
  {
    ...{ id: "webhooks", title: text.webhooks, path: "/api/webhooks/", key: "id", nameOf, canDelete: true },
    secret: "secret",
    opens: true,
    columns: [
      name,
      { name: "url", title: text.url },
      { name: "enabled", title: text.enabled },
      { name: "circuit", title: text.circuit },
      { name: "last_sent_at", title: text.lastSent },
      { name: "last_failed_at", title: text.lastFailed },
    ],
    fields: [
      nameField,
      { name: "url", label: text.url, kind: "text", isRequired: true, hint: text.urlHint },
      { name: "events", label: text.events, kind: "names", hint: text.eventsHint },
      { name: "queues", label: text.queues, kind: "names", hint: text.webhookQueuesHint },
      { name: "reply_channels", label: text.replyChannels, kind: "names", hint: text.replyChannelsHint },
      { name: "enabled", label: text.enabled, kind: "check", hint: text.enabledHint },
    ],
  },
];

/** What one of a kind is at: its row's key in the kind's path. */
export function pathOf(resource: Resource, row: Row): string {
  return `${resource.path}${encodeURIComponent(String(row[resource.key]))}/`;
}

/** A form's fields as a request's body: what is empty and need not be is left out, or cleared where it was there. */
export function bodyOf(fields: readonly Field[], form: FormData, isNew: boolean): Row {
  const body: Row = {};
  for (const { name: field, kind, isRequired, isForNew } of fields) {
    if (isForNew && !isNew) continue;
    const given = String(form.get(field) ?? "").trim();
    if (kind === "check") {
      if (!isNew || field === "is_active") body[field] = form.has(field);
    } else if (kind === "names")
      body[field] = given
        .split(",")
        .map((one) => one.trim())
        .filter(Boolean);
    else if (given === "" && !isRequired) {
      if (!isNew && kind === "text") body[field] = null;
    } else body[field] = kind === "number" ? Number(given) : given;
  }
  return body;
}
