import { Failure } from "../../failure.js";
import type { ApiDocument, DocumentedRoute, JsonSchema } from "../api-document.js";
import { jsonOf, type Probe } from "../probe.js";
import { sampleJson } from "./sample-json.js";
import type { Actor, IsolationStage } from "./stage.js";

/**
 * The actors that only the API itself can make, where it has the routes: a customer that registered itself, and a server
 * with an API key. A desk that lets nobody register goes without the first.
 */
export async function joinByHttp(probe: Probe, stage: IsolationStage, document: ApiDocument): Promise<void> {
  const registering = document.routes.find(({ name }) => name === "POST /api/auth/register/");
  if (registering) await register(probe, stage, registering);
  const keys = document.routes.find(({ name }) => name === "POST /api/api-keys/");
  if (keys) await makeKey(probe, stage, document, keys);
}

async function register(probe: Probe, stage: IsolationStage, route: DocumentedRoute): Promise<void> {
  const { run } = stage.marks;
  const email = `registered-${run}@verify.invalid`;
  const password = `verify ${run} registered`;
  const body = { email, password, name: `Registered ${run}` };
  const answer = await send(probe, route.path, {}, body);
  if (answer.status === 403 && answer.body.status === "registration_closed") return;
  if (answer.status >= 300) throw new Failure(`${route.name} answered ${answer.status} ${String(answer.body.detail)}`);
  const session =
    typeof answer.body.access === "string" ? answer : await send(probe, "/api/auth/login/", {}, { email, password });
  const user = session.body.user as { id?: number; user_id?: string } | undefined;
  const token = session.body.access;
  if (typeof token !== "string" || typeof user?.id !== "number") throw new Failure("who registered could not sign in");
  const headers = { authorization: `Bearer ${token}` };
  const actor: Actor = {
    name: "registered customer",
    party: "customer",
    id: user.id,
    userId: null,
    queues: [],
    headers,
    token,
  };
  for (let n = 0; n < 2; n++) {
    const mark = stage.marks.make({ label: "customer", ownerId: user.id });
    const made = await send(probe, "/api/messages/", headers, { body: `Registered ${mark}` });
    if (made.status !== 201) throw new Failure(`a registered customer's message was answered ${made.status}`);
    stage.tickets.set(Number(made.body.id), user.id);
    stage.conversations.set(Number(made.body.conversation_id), user.id);
    actor.userId = String(made.body.user_id);
  }
  stage.customers.push({ id: user.id, userId: actor.userId ?? "" });
  stage.actors.push(actor);
}

async function makeKey(
  probe: Probe,
  stage: IsolationStage,
  document: ApiDocument,
  route: DocumentedRoute,
): Promise<void> {
  const admin = stage.actors.find(({ party }) => party === "admin");
  const body = bodyOf(route, document, { name: `verify ${stage.marks.run}` });
  const { status, body: made } = await send(probe, route.path, admin?.headers ?? {}, body);
  const key = made.key ?? made.secret;
  if (status !== 201 || typeof key !== "string")
    throw new Failure(`${route.name} answered ${status} ${String(made.detail)}`);
  stage.actors.push({
    ...{ name: "server with a key", party: "key", id: null, userId: null, queues: [], token: null },
    headers: { "x-api-key": key },
  });
}

function bodyOf(route: DocumentedRoute, { resolve }: ApiDocument, known: Record<string, unknown>): unknown {
  const fill = (field: string, _: JsonSchema) => known[field];
  return sampleJson(route.body ?? {}, { resolve, below: (limit) => limit - 1, fill });
}

async function send(probe: Probe, path: string, headers: Record<string, string>, body: unknown) {
  const answer = await probe.send({
    ...{ method: "POST", path, headers: { ...headers, "content-type": "application/json" } },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (jsonOf(answer.text) ?? {}) as Record<string, unknown> };
}
