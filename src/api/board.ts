import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { z } from "zod";
import { type AuditEntry, recordAudit } from "../commands/audit.js";
import { httpStatusOf } from "../contract/problems.js";
import { Refusal } from "../domain/errors.js";
import type { boardQueues } from "../queue/board.js";
import { withDeadline } from "../runtime/deadline.js";
import { admitByLink, boardCaller, boardPath } from "./board-access.js";
import type { ApiDependencies } from "./dependencies.js";
import { type ApiContext, headerOf } from "./environment.js";
import type { Doors } from "./handle.js";
import { readBody } from "./middleware/read-body.js";
import { pageHeaders } from "./middleware/security-headers.js";
import type { Described } from "./openapi.js";
import { ownHeaders } from "./respond.js";

const pingMs = 1000;
const deadlineMs = 15_000;

/** Its own page names its base; its fonts from another host are not loaded: the browser's own serve as well. */
const guards = pageHeaders({
  "style-src": "'self' 'unsafe-inline'",
  "img-src": "'self' data:",
  "font-src": "'self' data:",
  "base-uri": "'self'",
});

/**
 * What the board may change. Everything else that bull-board can do is refused: to add a job or change its data (the
 * desk alone makes jobs, and the workers trust what is in them), to change limits, to obliterate.
 */
const changes = [
  /^\/api\/queues\/(pause|resume)$/,
  /^\/api\/queues\/[a-z]+\/(pause|resume|promote|empty)$/,
  /^\/api\/queues\/[a-z]+\/(retry|clean)\/[a-z-]+$/,
  /^\/api\/queues\/[a-z]+\/[^/]+\/(retry|clean|promote)$/,
];

/** The board's page as the OpenAPI document has it; its files and calls are bull-board's own matter. */
export const boardPage: Described = {
  method: "get",
  path: `${boardPath}/`,
  tag: "System",
  summary: "The queue's stages in a browser (bull-board); ?token=<access token of an admin> once opens it there",
  policy: "board.use",
  answers: {
    200: { description: "A page", schema: z.string(), mediaType: "text/html" },
    303: { description: "The token is in a cookie now: to the address without it" },
  },
  refusals: [],
};

/** bull-board at /admin/queues/, for admins. With the queue's store away it answers 503 and does not hang. */
export function createBoard(deps: ApiDependencies, doors: Doors): (c: ApiContext) => Promise<Response> {
  let board: Hono | null = null;

  async function answer(c: ApiContext): Promise<Response> {
    const token = c.req.query("token");
    if (token !== undefined && c.req.method === "GET") return admitByLink(c, token, doors);
    const caller = await boardCaller(c, deps, doors);
    const { actor } = caller;
    const path = c.req.path.slice(boardPath.length).replace(/\/$/, "");
    const isRead = c.req.method === "GET" || c.req.method === "HEAD";
    const isFile = path.startsWith("/static/");
    deps.limits.call(c, caller, isFile ? "none" : isRead ? "read" : "write");
    if (!isRead && !(c.req.method === "PUT" && changes.some((allowed) => allowed.test(path)))) {
      throw new Refusal("forbidden", "The board retries, promotes, cleans, empties, pauses and resumes; no more.");
    }
    if (!deps.boardQueues) throw new Refusal("not_found", "There is nothing at this path.");
    if (!isFile) await queueAnswers(c, deps);
    board ??= await open(deps.boardQueues).catch((error) => {
      throw away(c, error);
    });
    const act = isRead ? null : actOf(path);
    if (act) await recordAudit(deps.db.kysely, { actor, requestId: c.get("requestId") }, act);
    const answered = await withDeadline(ask(c, board, deps), deadlineMs, "the board").catch((error) => {
      throw away(c, error);
    });
    if (answered.status === 404) throw new Refusal("not_found", "There is nothing at this path.");
    if (answered.status >= 500) throw away(c, new Error(await answered.text()));
    return dressed(c, answered, isFile);
  }

  return async (c) => {
    c.set("route", `${boardPath}/*`);
    try {
      return await answer(c);
    } catch (thrown) {
      const forPeople = headerOf(c, "accept")?.includes("text/html");
      if (!(thrown instanceof Refusal) || !forPeople) throw thrown;
      const error = deps.limits.judged(c, thrown);
      return page(c, error instanceof Refusal ? error : thrown);
    }
  };
}

const acts = {
  pause: "stage.pause",
  resume: "stage.resume",
  promote: "stage.promote",
  empty: "stage.drain",
  retry: "stage.retry",
  clean: "stage.clean",
} as const;

/**
 * What a change is in the audit log: kept before it is done, for the jobs are in another store. `/api/queues/<act>` is
 * about all stages, `/<stage>/<act>` and `/<stage>/<act>/<state>` about one, `/<stage>/<job>/<act>` about one job.
 */
function actOf(path: string): AuditEntry | null {
  const parts = path.split("/").slice(3);
  const isAct = (part: string | undefined): part is keyof typeof acts =>
    part !== undefined && Object.hasOwn(acts, part);
  const [first, second, third] = parts;
  if (isAct(first)) return { action: acts[first], subject: { kind: "stage", id: null } };
  const subject = { kind: "stage", id: first?.slice(0, 50) ?? null } as const;
  if (isAct(third)) return { action: acts[third], subject, after: { job: second } };
  return isAct(second) ? { action: acts[second], subject, after: third ? { state: third } : {} } : null;
}

/** The board's own app, with the stages' queues open. Its libraries are loaded when somebody asks for it. */
async function open(queues: () => ReturnType<typeof boardQueues>): Promise<Hono> {
  const [{ createBullBoard }, { HonoAdapter }] = await Promise.all([
    import("@bull-board/api"),
    import("@bull-board/hono"),
  ]);
  const adapter = new HonoAdapter(serveStatic).setBasePath(boardPath);
  const uiConfig = { boardTitle: "Switchboard", hideDocsLink: true, showWorkers: false };
  createBullBoard({ queues: await queues(), serverAdapter: adapter, options: { uiConfig } });
  return new Hono({ strict: false }).route(boardPath, adapter.registerPlugin());
}

async function queueAnswers(c: ApiContext, deps: ApiDependencies): Promise<void> {
  await deps.pingQueue(pingMs).catch((error) => {
    throw away(c, error);
  });
}

/** What it was stands in the log. */
function away(c: ApiContext, error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  c.set("failure", error);
  return new Refusal("unavailable", "The queue's store does not answer; nothing is lost meanwhile. Try again.");
}

/** Asks the board's app; who asked is settled by then, so that no token gets any further. */
async function ask(c: ApiContext, board: Hono, deps: ApiDependencies): Promise<Response> {
  const { method } = c.req;
  const init: RequestInit = { method };
  if (method !== "GET" && method !== "HEAD") {
    const body = await readBody(c, deps.config.BODY_MAX_BYTES);
    if (body.byteLength > 0) {
      init.body = new Uint8Array(body);
      init.headers = { "content-type": headerOf(c, "content-type") ?? "application/json" };
    }
  }
  return board.fetch(new Request(c.req.url, init), c.env);
}

function dressed(c: ApiContext, answered: Response, isStatic: boolean): Response {
  const headers = new Headers(answered.headers);
  for (const [name, value] of Object.entries(headersOf(c))) headers.set(name, value);
  if (isStatic) headers.set("cache-control", "private, max-age=3600");
  return new Response(answered.body, { status: answered.status, headers });
}

function headersOf(c: ApiContext): Record<string, string> {
  return { ...ownHeaders(c, guards), "cache-control": "no-store" };
}

/** A refusal for somebody who looks at it in a browser. */
function page(c: ApiContext, refusal: Refusal): Response {
  const help =
    refusal.code === "unauthorized" || refusal.code === "forbidden"
      ? `<p>Open <code>${boardPath}/?token=&lt;access token of an admin&gt;</code> once;
         <code>npx switchboard user token --role admin</code> prints one.</p>`
      : "";
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Queues</title></head>
<body><h1>Queues</h1><p>${refusal.message}</p>${help}</body></html>\n`;
  const headers = { ...headersOf(c), "content-type": "text/html; charset=utf-8" };
  return new Response(html, { status: httpStatusOf[refusal.code], headers });
}
