import { expect } from "vitest";
import { sampleFiles } from "../../support/sample-files.js";
import { until } from "../../support/until.js";
import type { Walk } from "./walk.js";

/** CONTRACT.md 3: the bot, its prompts, conversations, the HTTP twins of the socket, uploads, and what operators read. */
export async function walkBot(walk: Walk): Promise<void> {
  const { ann, bob, agent } = walk;
  const said = { text: "How and when can I repay my loan?", client_id: "u-1" };
  const opened = await walk.row(ann, "POST", "/api/user-response/", 200, said, () => "a bot's conversation");
  const id: number = opened.body.conversation_id;
  expect((await walk.call(ann, "POST", "/api/user-response/", { ...said, conversation_id: id })).body).toEqual(
    opened.body,
  );
  const view = await walk.row(
    ann,
    "GET",
    `/api/chat/conversations/${id}/`,
    200,
    undefined,
    (one) => `kind ${one.kind}`,
  );
  expect(view.body).toMatchObject({ kind: "bot", ticket_id: null });
  const answered = await walk.row(
    ann,
    "POST",
    "/api/bot-response/",
    200,
    { conversation_id: id },
    ({ message }) => `"${message.text.slice(0, 40)}…"`,
  );
  expect(answered.body.message).toMatchObject({ type: "bot", conversation_id: id });
  const stream = await fetch(`${walk.system.api}/api/bot-response/`, {
    method: "POST",
    headers: { authorization: `Bearer ${ann.token}`, accept: "text/event-stream", "content-type": "application/json" },
    body: JSON.stringify({ conversation_id: id, text: "How and when can I repay my loan?" }),
  });
  expect(stream.headers.get("content-type")).toContain("text/event-stream");
  const events = [...(await stream.text()).matchAll(/^event: (\w+)$/gm)].map((match) => match[1]);
  expect(events).toContain("message");
  walk.saw("POST /api/bot-response/ (text/event-stream)", [...new Set(events)].join(", "));
  const handed = await walk.row(
    ann,
    "POST",
    "/api/bot-response/",
    200,
    { conversation_id: id, text: "I want to talk to a person" },
    (body) => `handed over: ${body.handed_over}`,
  );
  expect(handed.body.handed_over).toBe("asked");
  const withTicket = async () => (await walk.call(agent, "GET", `/api/chat/conversations/${id}/`)).body;
  expect((await withTicket()).ticket_id).toEqual(expect.any(Number));
  await walkPrompts(walk);
  await walk.row(
    ann,
    "GET",
    "/api/chat/conversations/",
    200,
    undefined,
    ({ results }) => `${results.length}, with ticket_status`,
  );
  await walk.row(agent, "GET", "/api/chat/conversations/", 200, undefined, ({ results }) => `${results.length} cases`);
  await walk.row(bob, "GET", `/api/chat/conversations/${id}/`, 404, undefined, ({ status }) => status);
  await walk.row(
    ann,
    "PATCH",
    `/api/chat/conversations/${id}/`,
    200,
    { title: "My loan", is_archived: true },
    (one) => `"${one.title}", archived`,
  );
  await walk.row(ann, "PATCH", `/api/chat/conversations/${id}/`, 200, { is_archived: false });
  await walk.row(
    null,
    "POST",
    `/api/chat/conversations/${id}/participants/`,
    201,
    { user_id: bob.id },
    ({ participants }) => `${participants.length} take part`,
  );
  await walk.row(bob, "GET", `/api/chat/conversations/${id}/`, 200, undefined, () => "now a participant");
  await walk.row(null, "DELETE", `/api/chat/conversations/${id}/participants/${bob.id}/`, 204);
  await walk.row(bob, "GET", `/api/chat/conversations/${id}/`, 404, undefined, ({ status }) => status);
  const socket = await walk.enter(agent, id);
  await walk.row(ann, "POST", "/api/chat/typing/", 204, { conversation_id: id, is_typing: true });
  await walk.frame(socket, "typing", (frame) => frame.user_id === ann.id && frame.is_typing === true);
  await walk.frame(socket, "typing", (frame) => frame.user_id === ann.id && frame.is_typing === false);
  walk.saw("frame typing", "true, and false by itself");
}

async function walkPrompts(walk: Walk): Promise<void> {
  await walk.row(walk.ann, "GET", "/api/bot-prompts/", 200, undefined, (list) => `${list.length} prompts in order`);
  const prompt = { title: "Fees", text: "What does it cost?", order: 99 };
  await walk.row(walk.ann, "POST", "/api/bot-prompts/", 403, prompt);
  const made = await walk.row(null, "POST", "/api/bot-prompts/", 201, prompt);
  const path = `/api/bot-prompts/${made.body.id}/`;
  await walk.row(null, "PUT", path, 200, { ...prompt, title: "Costs" }, ({ title }) => title);
  await walk.row(null, "PATCH", path, 200, { is_active: false }, () => "switched off");
  expect((await walk.call(walk.ann, "GET", "/api/bot-prompts/")).body).not.toContainEqual(
    expect.objectContaining({ id: made.body.id }),
  );
  await walk.row(null, "DELETE", path, 204);
}

/** Uploads, and the page of health, figures and documents. */
export async function walkFiles(walk: Walk, conversationId: number): Promise<void> {
  const { ann, bob } = walk;
  const form = (bytes: Uint8Array, name: string) => {
    const one = new FormData();
    one.set("file", new Blob([bytes]), name);
    return one;
  };
  const made = await walk.row(
    ann,
    "POST",
    "/api/uploads/",
    201,
    form(sampleFiles.png, "../a.png"),
    (one) => `${one.name}, ${one.type}`,
  );
  expect(made.body).toMatchObject({ name: "a.png", type: "image/png", size: sampleFiles.png.length });
  await walk.row(ann, "POST", "/api/uploads/", 415, form(sampleFiles.zip, "a.png"), ({ status }) => status);
  await walk.row(
    ann,
    "POST",
    "/api/uploads/",
    413,
    form(Buffer.alloc(11 << 20, 65), "big.txt"),
    ({ status }) => status,
  );
  const attach = { text: "See this", attachment_id: made.body.id };
  await walk.row(bob, "POST", `/api/chat/threads/${conversationId}/messages/`, 404, attach, ({ status }) => status);
  const said = await walk.row(
    ann,
    "POST",
    `/api/chat/threads/${conversationId}/messages/`,
    201,
    attach,
    ({ attachment }) => `with ${attachment.name}`,
  );
  await walk.row(
    ann,
    "POST",
    `/api/chat/threads/${conversationId}/messages/`,
    404,
    attach,
    ({ status }) => `${status}: once only`,
  );
  const file = await fetch(`${walk.system.api}/api/uploads/${made.body.id}/`, {
    headers: { authorization: `Bearer ${bob.token}` },
  });
  expect(file.status).toBe(200);
  expect(file.headers.get("x-content-type-options")).toBe("nosniff");
  expect(file.headers.get("content-disposition")).toMatch(/^attachment/);
  expect(Buffer.from(await file.arrayBuffer()).equals(sampleFiles.png)).toBe(true);
  walk.saw("GET /api/uploads/<id>/", "200, the same bytes, nosniff, attachment, for who takes part");
  const address: string = said.body.attachment.url;
  const picture = await fetch(new URL(address, walk.system.api));
  expect(picture.status).toBe(200);
  walk.saw("a picture's signed address", "200 without a token");
}

/** What is open to everybody or to admins beside the desk itself. */
export async function walkPages(walk: Walk): Promise<void> {
  const { ann } = walk;
  await walk.row(ann, "GET", "/healthz", 200);
  await until(async () => (await walk.call(ann, "GET", "/readyz")).status === 200, "readiness");
  await walk.row(ann, "GET", "/readyz", 200);
  await walk.row(ann, "GET", "/metrics", 403);
  await walk.row(null, "GET", "/metrics", 200, undefined, (text) => `${text.split("\n# HELP").length} figures`);
  await walk.row(
    ann,
    "GET",
    "/openapi.json",
    200,
    undefined,
    ({ openapi, paths }) => `${openapi}, ${Object.keys(paths).length} paths`,
  );
  await walk.row(ann, "GET", "/docs", 200);
  await walk.row(ann, "GET", "/admin/queues/", 403);
  await walk.row(null, "GET", "/admin/queues/", 200);
}
