import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { seededRandom } from "../../../cli/seeded-random.js";
import { readApiDocument } from "../../../cli/verify/api-document.js";
import { isolation } from "../../../cli/verify/isolation/isolation.js";
import { Marks } from "../../../cli/verify/isolation/marks.js";
import type { Actor, IsolationStage } from "../../../cli/verify/isolation/stage.js";
import { Probe } from "../../../cli/verify/probe.js";
import { WebSocketServer } from "../../support/socket-factory.js";

/** How the small desk is broken; `null`: not at all. */
type Leak =
  | "foreign message"
  | "note"
  | "someone else's id"
  | "403 for what exists"
  | "admin's door open"
  | "token ignored"
  | "500"
  | "no shape"
  | "secret"
  | "search"
  | "frame"
  | "auth taken"
  | null;

// Hundreds of requests each, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let server: Server;
let sockets: WebSocketServer;
afterEach(() => {
  sockets.close();
  for (const client of sockets.clients) client.terminate();
  server.closeAllConnections();
  server.close();
});

const customers = [
  { id: 21, ticket: 101 },
  { id: 22, ticket: 102 },
] as const;

/** A stage as the real one, written down: two customers with a message and a note each, an agent, an admin, nobody. */
function makeStage(): { stage: IsolationStage; texts: Map<number, { said: string; note: string }>; secret: string } {
  const marks = new Marks("ab12");
  const texts = new Map<number, { said: string; note: string }>();
  for (const { id, ticket } of customers) {
    const said = marks.make({ label: "customer", ownerId: id });
    texts.set(ticket, { said, note: marks.make({ label: "note", ownerId: id }) });
  }
  const actor = (name: string, party: Actor["party"], id: number | null): Actor => {
    const shows = party !== "none";
    const headers: Record<string, string> = shows ? { authorization: `Bearer ${name}` } : {};
    return {
      name,
      party,
      id,
      userId: party === "customer" ? `u${id}` : null,
      queues: ["a"],
      headers,
      token: shows ? name : null,
    };
  };
  const stage: IsolationStage = {
    marks,
    actors: [
      actor("admin", "admin", 1),
      actor("agent", "agent", 2),
      ...customers.map(({ id }) => actor(`customer${id}`, "customer", id)),
      actor("none", "none", null),
      actor("expired", "expired", null),
    ],
    queues: { a: "a", b: "b" },
    tickets: new Map(customers.map(({ id, ticket }) => [ticket, id])),
    conversations: new Map(customers.map(({ id, ticket }) => [ticket + 100, id])),
    threads: new Map(),
    said: new Map(),
    matters: { disputes: new Map(), payments: new Map() },
    shared: { threadId: 297 },
    peers: new Map(),
    uploads: new Map(),
    apart: { threadId: 298, messageId: 398, disputeId: 498, paymentId: 598, uploadIds: [698] },
    customers: customers.map(({ id }) => ({ id, userId: `u${id}` })),
    agentIds: [2],
    sealed: { ticketId: 199, conversationId: 299, customerId: 29 },
    writers: new Set(),
    made: new Map(),
    remove: async () => undefined,
  };
  return { stage, texts, secret: marks.make({ label: "secret", ownerId: 0 }) };
}

const id = { name: "id", in: "path" };
const document = {
  paths: {
    "/api/messages/{id}/": { get: { parameters: [id] } },
    "/api/messages/": { get: { parameters: [{ name: "search", in: "query", schema: { type: "string" } }] } },
    "/api/admin/tickets/{id}/": { get: { parameters: [id] } },
  },
};

/** A desk of three routes and a socket, with that leak in it. */
async function startDesk(leak: Leak, { stage, texts, secret }: ReturnType<typeof makeStage>): Promise<string> {
  const answer = (response: ServerResponse, status: number, body: unknown, shaped = true) => {
    response.writeHead(status, { "content-type": "application/json", ...(shaped ? { "x-request-id": "r" } : {}) });
    response.end(JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, status: number, code: string) =>
    leak === "no shape"
      ? answer(response, status, { error: code }, false)
      : answer(response, status, { status: code, detail: code });
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://desk");
    if (url.pathname === "/openapi.json") return answer(response, 200, document);
    const caller = stage.actors.find(
      ({ token }) => token !== null && request.headers.authorization === `Bearer ${token}`,
    );
    const known = caller && (caller.party !== "expired" || leak === "token ignored");
    if (!known) return refuse(response, 401, "unauthorized");
    const ticket = Number(/\/(\d+)\/$/.exec(url.pathname)?.[1] ?? Number.NaN);
    const owner = stage.tickets.get(ticket);
    const staff = caller.party !== "customer";
    if (url.pathname.startsWith("/api/admin/")) {
      if (caller.party !== "admin" && leak !== "admin's door open") return refuse(response, 403, "forbidden");
      return owner ? answer(response, 200, { id: ticket }) : refuse(response, 404, "ticket_not_found");
    }
    if (url.pathname === "/api/messages/") {
      const all = [...texts.values()].map(({ said }) => ({ body: said }));
      if (!staff)
        return leak === "search" ? answer(response, 200, { results: all }) : refuse(response, 403, "forbidden");
      return answer(response, 200, { results: leak === "secret" ? [{ password_hash: secret }] : all });
    }
    if (leak === "500" && ticket > 1_000_000) return refuse(response, 500, "internal_error");
    if (owner === undefined) return refuse(response, 404, "message_not_found");
    if (!staff && owner !== caller.id && leak !== "foreign message") {
      return leak === "403 for what exists"
        ? refuse(response, 403, "forbidden")
        : refuse(response, 404, "message_not_found");
    }
    const { said, note } = texts.get(ticket) ?? { said: "", note: "" };
    const other = leak === "someone else's id" ? { conversation_id: 201, next: { conversation_id: 202 } } : {};
    answer(response, 200, {
      id: ticket,
      status: "open",
      urgency: null,
      body: said,
      ...other,
      ...(staff || leak === "note" ? { note } : {}),
    });
  });
  sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const url = new URL(request.url ?? "/", "http://desk");
    const shown =
      url.searchParams.get("token") ??
      request.headers.authorization?.slice(7) ??
      request.headers["sec-websocket-protocol"]?.split(/, */)[1];
    const caller = stage.actors.find(({ token }) => token !== null && token === shown);
    const status =
      !caller || caller.party === "expired"
        ? 401
        : url.pathname !== "/ws/agents/"
          ? 404
          : caller.party === "customer"
            ? 403
            : 101;
    if (status !== 101)
      return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.send(JSON.stringify({ type: "hello", pos: 0 }));
      if (leak === "frame") client.send(JSON.stringify({ type: "message_new", pos: 1, hash: secret }));
      client.on("message", (text) => {
        const isAuth = String(text).includes('"token"');
        client.send(JSON.stringify(isAuth && leak === "auth taken" ? { type: "auth" } : { type: "error" }));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function judge(leak: Leak) {
  const parts = makeStage();
  const url = await startDesk(leak, parts);
  const owned = new Map([...parts.stage.tickets, ...parts.stage.conversations]);
  const query = async (_: string, [row]: number[]) => ({
    rows: owned.has(row ?? 0) ? [{ ids: [owned.get(row ?? 0)] }] : [],
  });
  const probe = new Probe(url, 8);
  try {
    return await isolation(
      probe,
      { pool: { query } } as never,
      { stage: parts.stage, document: await readApiDocument(url) },
      {
        requests: 1000,
        below: seededRandom(7).below,
        sockets: [url.replace("http", "ws")],
        openDemo: false,
        visibility: "all",
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
  } finally {
    probe.close();
  }
}

test("a desk that shows nobody what is not theirs is acquitted, and every door was tried", async () => {
  const figures = await judge(null);
  expect(figures.shown).toEqual([]);
  expect(figures).toMatchObject({ requests: 1000, routes: 3, findings: 0 });
  expect(figures.compared).toBeGreaterThan(10);
  expect(figures.sockets?.frames).toBeGreaterThan(10);
  expect(Object.keys(figures.outcomes["GET /api/messages/{id}/"] ?? {}).sort()).toEqual([
    "admin",
    "agent",
    "customer",
    "expired",
    "none",
  ]);
});

test.each<[Exclude<Leak, null>, RegExp]>([
  ["foreign message", /shows customer2\d a text of customer 2\d/],
  ["note", /shows customer2\d a text of note/],
  ["someone else's id", /shows customer21 conversation 202, which is customer 22's/],
  ["403 for what exists", /tells what is foreign from what is not there: 403 for a foreign id, 404/],
  ["admin's door open", /tells agent, who may not call, 200 in place of 403/],
  ["token ignored", /tells expired, who may not call, \d+ in place of 401/],
  ["500", /answers 500/],
  ["no shape", /in no shape of the contract/],
  ["secret", /shows (agent|admin) a text of secret/],
  ["search", /shows customer2\d a text of customer 2\d/],
  ["frame", /a frame message_new shows a text of secret/],
  ["auth taken", /takes it/],
])("convicted: %s", async (leak, fault) => {
  const { findings, shown } = await judge(leak);
  expect(findings).toBeGreaterThan(0);
  expect(shown.map((finding) => finding.fault).join("\n")).toMatch(fault);
  expect(JSON.stringify(shown)).not.toContain("Bearer");
});
