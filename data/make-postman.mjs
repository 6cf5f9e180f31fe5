/**
 * Writes `data/switchboard.postman_collection.json` from the OpenAPI document, without a server: `npm run postman`. The same
 * document gives the same bytes. Folders are the paths' nouns; `Sign in` keeps its token in the variable `token`, which all
 * other requests show.
 */
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { OpenAPIHono } from "@hono/zod-openapi";
import converter from "openapi-to-postmanv2";
import { boardPage } from "../dist/src/api/board.js";
import { describeAll, documentHead } from "../dist/src/api/openapi.js";
import { endpoints } from "../dist/src/api/routes/endpoints.js";

/** What a field of a body holds until a person writes something else: the demo's own, where it has one. */
const samples = {
  agent_id: 1,
  to_agent_id: 2,
  canned_id: 2,
  user_id: "U001",
  channel: "api",
  name: "A name",
  phone: "+254700000001",
  shortcut: "wait",
  order: 1,
  capacity: 15,
  url: "https://example.com/hooks",
  events: ["message_new"],
  reasons: ["reply"],
  reply_channels: ["api"],
  queues: ["loans"],
  topics: ["loans"],
  attributes: { plan: "gold" },
  metadata: { page: 3 },
  variables: { days: "2" },
  body: "When will my loan be disbursed?",
  text: "Your loan will be processed in 24 hours.",
  title: "A title",
  description: "What it is about",
  subject: "Not as agreed",
  amount: 120.5,
  currency: "EUR",
  level: "high",
  note: "Looked at with both of them",
  reason: "They say that the phone is stolen",
  availability: "online",
  state: "viewing",
  until: "2030-01-01T09:00:00.000Z",
  email: "{{email}}",
  password: "{{password}}",
  refresh: "{{refresh}}",
};

const keepTokens = [
  "if (pm.response.code === 200 || pm.response.code === 201) {",
  "  const { access, refresh } = pm.response.json();",
  '  pm.collectionVariables.set("token", access);',
  '  pm.collectionVariables.set("refresh", refresh);',
  "}",
];

const signsIn = /^api\/auth\/(login|refresh|register)\/?$/;

/** Fields that most calls are made without. */
const omitted = new Set([
  "reply_to",
  "attachment_id",
  "version",
  "conversation_id",
  "message_ids",
  "message_type",
  "type",
  "message",
  "client_id",
  "freelancer_id",
  "disabled",
]);
/** Paths whose call is about a conversation that its body names. */
const needed = new Set(["bot-response", "typing"]);

/** A placeholder of the converter's (`"<string>"`), or a list or an object with such in it, as something that can be sent. */
function sampled(value, name) {
  if (Object.hasOwn(samples, name)) return samples[name];
  if (Array.isArray(value)) return value.slice(0, 1).map((one) => sampled(one, name));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sampled(one, key)]));
  }
  if (value === "<dateTime>") return samples.until;
  if (value === "<integer>" || value === "<number>" || typeof value === "number") return 1;
  if (typeof value === "string" && value.startsWith("<string")) return "text";
  return value === "<boolean>" ? true : value;
}

function requestOf({ request }) {
  const { url, method, description, body, header } = request;
  const path = url.path.join("/");
  const variable = url.variable.map(({ key }) => ({ key, value: path.startsWith("api/messages/:id") ? "12" : "1" }));
  const headers = header.map(({ key, value, disabled }) => ({
    key,
    value: key === "Idempotency-Key" ? "{{$guid}}" : value,
    ...(disabled ? { disabled } : {}),
  }));
  return {
    method,
    url: { raw: `{{baseUrl}}/${path}`, host: ["{{baseUrl}}"], path: url.path, variable, query: url.query.map(queryOf) },
    ...(description ? { description: description.content ?? description } : {}),
    header: headers,
    ...(body
      ? {
          body: bodyOf(
            body,
            url.path.some((part) => needed.has(part)),
          ),
        }
      : {}),
  };
}

function queryOf({ key, description }) {
  return { key, value: "", disabled: true, description: description?.content ?? "" };
}

function bodyOf(body, isAbout) {
  if (body.mode === "formdata") return { mode: "formdata", formdata: [{ key: "file", type: "file", src: [] }] };
  if (body.mode !== "raw") return body;
  const fields = Object.entries(sampled(JSON.parse(body.raw), "")).filter(
    ([name]) => !omitted.has(name) || (isAbout && name === "conversation_id"),
  );
  const raw = JSON.stringify(Object.fromEntries(fields), null, 2);
  return { mode: "raw", raw, options: { raw: { language: "json" } } };
}

function itemOf(item) {
  if (item.item) return { name: item.name, item: item.item.map(itemOf) };
  const request = requestOf(item);
  const script = { type: "text/javascript", exec: keepTokens };
  const event = signsIn.test(request.url.path.join("/")) ? { event: [{ listen: "test", script }] } : {};
  return { name: item.name, ...event, request };
}

/** Without patterns, and with one value of each choice: the converter makes up another one each time. */
function settled(value) {
  if (Array.isArray(value)) return value.map(settled);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, one]) => !(key === "pattern" && typeof one === "string"));
  return Object.fromEntries(
    kept.map(([key, one]) => [key, key === "enum" && Array.isArray(one) ? one.slice(0, 1) : settled(one)]),
  );
}

const app = new OpenAPIHono();
describeAll(app.openAPIRegistry, [...endpoints, boardPage]);
const document = settled(JSON.parse(JSON.stringify(app.getOpenAPI31Document(documentHead))));
const convert = promisify(converter.convertV2.bind(converter));
const converted = await convert(
  { type: "json", data: document },
  { folderStrategy: "Paths", parametersResolution: "Schema", enableOptionalParameters: false },
);
if (!converted.result) throw new Error(`the document was not taken: ${converted.reason}`);

const collection = {
  info: {
    name: "Switchboard",
    description: "Made from /openapi.json by `npm run postman`. Sign in first, or use the open demo without a token.",
    schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
  },
  auth: { type: "bearer", bearer: [{ key: "token", value: "{{token}}", type: "string" }] },
  variable: Object.entries({
    baseUrl: "http://127.0.0.1:8000",
    email: "admin@demo.switchboard.local",
    password: "",
    token: "",
    refresh: "",
  }).map(([key, value]) => ({ key, value, type: "string" })),
  item: converted.output[0].data.item.map(itemOf),
};
writeFileSync(
  new URL("switchboard.postman_collection.json", import.meta.url),
  `${JSON.stringify(collection, null, 1)}\n`,
);
