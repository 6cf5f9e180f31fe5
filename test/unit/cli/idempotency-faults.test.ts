import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import type { Ground } from "../../../cli/verify/idempotency/ground.js";
import { tryRoute } from "../../../cli/verify/idempotency/idempotency.js";
import { Probe } from "../../../cli/verify/probe.js";

/** How the small desk keeps its keys; `null`: as it should. */
type Fault =
  | "acts twice"
  | "does not say replayed"
  | "another answer"
  | "takes another body"
  | "shares keys"
  | "tells twice"
  | null;

// It waits until counts stand still, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A desk with one writing route, its rows and what it told. */
async function startDesk(fault: Fault) {
  /** By the mark of the ground: what its calls did. */
  const state = new Map<string, { rows: number; told: number }>();
  const kept = new Map<string, { sent: string; body: string }>();
  server = createServer((request, response) => {
    let sent = "";
    request.on("data", (part) => {
      sent += String(part);
    });
    request.on("end", () => {
      const key = request.headers["idempotency-key"];
      const mark = String(request.headers["x-request-id"]).replace(/-.*/, "");
      const done = state.get(mark) ?? { rows: 0, told: 0 };
      state.set(mark, done);
      const caller = fault === "shares keys" ? "" : request.headers.authorization;
      const known = key === undefined ? undefined : kept.get(`${caller} ${String(key)}`);
      const answer = (status: number, body: string, headers = {}) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(body);
      };
      if (known && known.sent !== sent && fault !== "takes another body")
        return answer(422, '{"status":"idempotency_key_reused"}');
      if (known && fault !== "acts twice") {
        if (fault === "tells twice") done.told++;
        const body = fault === "another answer" ? known.body.replace("1", "2") : known.body;
        return answer(201, body, fault === "does not say replayed" ? {} : { "idempotent-replayed": "true" });
      }
      done.rows++;
      done.told++;
      const body = '{"id":1}';
      if (key !== undefined) kept.set(`${caller} ${String(key)}`, { sent, body });
      answer(201, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function judge(fault: Fault) {
  const { state, url } = await startDesk(fault);
  const people = [1, 2, 3].map((id) => ({ id, token: `t${id}` }));
  const [admin, second, other] = people as [
    { id: number; token: string },
    { id: number; token: string },
    { id: number; token: string },
  ];
  let grounds = 0;
  const next = async () => ({ mark: `m${++grounds}`, queue: "q", admin, agent: other }) as Ground;
  // The database of that desk: how many rows there are, and what was told.
  const query = async (sql: string, [like]: string[]) => {
    const done = state.get(like?.replaceAll("%", "") ?? "") ?? { rows: 0, told: 0 };
    if (sql.includes("AS MATERIALIZED")) return { rows: [{ canned: done.rows }] };
    return { rows: sql.includes("'event '") ? [{ what: "event told", n: done.told }] : [] };
  };
  const probe = new Probe(url, 4);
  const parts = {
    probe,
    db: { pool: { query } } as never,
    grounds: { admins: [admin, second] as never, next, remove: async () => undefined },
    frames: [],
    watchTalk: async () => [],
  };
  const route = {
    name: "POST /api/canned/",
    method: "POST",
    path: "/api/canned/",
    query: [],
    body: {},
    mediaType: "application/json",
  };
  try {
    return await tryRoute(parts, route, { replays: 4, parallel: 3, sameWithinMs: 0 });
  } finally {
    probe.close();
  }
}

test("a desk that keeps its keys is acquitted", async () => {
  expect(await judge(null)).toMatchObject({
    status: 201,
    answers: 7,
    replayed: 6,
    keyed: { canned: 1, "event told": 1 },
    findings: [],
  });
});

test.each<[Exclude<Fault, null>, RegExp]>([
  ["acts twice", /the effect is \{"canned":7/],
  ["tells twice", /the effect is .*"event told":7/],
  ["does not say replayed", /7 answers are not marked as replayed, 1 was the first/],
  ["another answer", /answers differ: 201 \{"id":1\} and 201 \{"id":2\}/],
  ["takes another body", /another body is answered 201/],
  ["shares keys", /another caller's same key is answered 201/],
])("convicted: %s", async (fault, words) => {
  expect((await judge(fault)).findings.join("\n")).toMatch(words);
});
