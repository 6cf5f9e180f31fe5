import { ChatClient } from "../../src/console/live/chat-client.js";
import { openDatabase } from "../../src/db/database.js";
import { loadConfig } from "../../src/runtime/config.js";
import { pause } from "../../src/runtime/deadline.js";
import { createTokens } from "../../src/runtime/tokens.js";
import { Failure } from "../failure.js";
import { HttpClient } from "../http-client.js";
import { note } from "../output.js";
import type { OwnSystem } from "../own-system.js";
import { clientSocket } from "../socket-factory.js";
import { paced } from "./paced.js";
import { percentiles } from "./pgbench.js";
import type { BenchRow } from "./row.js";
import { type ChatDesk, seedChat } from "./seed-chat.js";

const conversations = 100;
const bySocketPerSecond = 300;
const byHttpPerSecond = 20;
/** Not counted: processes that have just started are still being compiled. */
const warmUpSeconds = 3;
/** Reads of one kind that are counted, and before them those that are not. Of 60 the p99 was just the worst one. */
const reads = { counted: 300, warmUp: 60 };

/** People who talk, two in each conversation; from saying a thing to the other's having it; and what they read. */
export async function benchChat(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const config = loadConfig({ DATA_DIR: system.dataDir });
  const db = openDatabase({ url: config.databaseUrl, name: "switchboard-bench", poolMax: 2, statementTimeoutMs: 0 });
  const http = new HttpClient(system.api, 16);
  try {
    note("chat: conversations, a long thread, many threads …");
    const desk = await seedChat(db, conversations);
    const tokens = createTokens(config.tokens);
    const tokenOf = (id: number) => tokens.sign({ sub: id, role: "customer", name: "Bench", tv: 0 });
    return [
      ...(await talk(system, http, desk, tokenOf, seconds)),
      ...(await pages(http, desk, await tokenOf(desk.reader))),
      await unread(http, await tokenOf(desk.reader)),
    ];
  } finally {
    http.close();
    await db.close();
  }
}

/** What was said and when, by its text, until the other one has it. */
class Heard {
  readonly #saidAt = new Map<string, number>();
  latencies: number[] = [];

  said(text: string): void {
    this.#saidAt.set(text, performance.now());
  }

  heard(text: string): void {
    const at = this.#saidAt.get(text);
    if (at === undefined) return;
    this.latencies.push(performance.now() - at);
    this.#saidAt.delete(text);
  }

  /** Waits until everything was heard. Throws Failure after 10 s. */
  async settled(): Promise<void> {
    for (let attempt = 0; this.#saidAt.size > 0; attempt++) {
      if (attempt > 200) throw new Failure(`${this.#saidAt.size} messages were not heard by the other one`);
      await pause(50);
    }
  }
}

async function talk(
  system: OwnSystem,
  http: HttpClient,
  desk: ChatDesk,
  tokenOf: (id: number) => Promise<string>,
  seconds: number,
): Promise<BenchRow[]> {
  const heard = new Heard();
  const speakers: ChatClient[] = [];
  const clients: ChatClient[] = [];
  let opened = 0;
  const open = async (conversationId: number, userId: number, listens: boolean) => {
    const client = new ChatClient({
      socket: clientSocket,
      onHello: () => opened++,
      onFrame: ({ type, message }) => {
        if (listens && type === "message:new") heard.heard((message as { text: string }).text);
      },
    });
    client.connect(system.socket.replace("/ws/agents/", `/ws/chat/${conversationId}/`), {
      token: await tokenOf(userId),
    });
    clients.push(client);
    return client;
  };
  try {
    for (const { id, between } of desk.talks) {
      speakers.push(await open(id, between[0], false));
      await open(id, between[1], true);
    }
    for (let attempt = 0; opened < clients.length; attempt++) {
      if (attempt > 200) throw new Failure(`only ${opened} of ${clients.length} sockets opened`);
      await pause(50);
    }
    let count = 0;
    const bySocket = async () => {
      const text = `socket ${count}`;
      heard.said(text);
      await speakers[count++ % speakers.length]?.say(text);
    };
    const byHttp = async () => {
      const text = `http ${count}`;
      const { id, between } = desk.talks[count++ % desk.talks.length] ?? { id: 0, between: [0, 0] as const };
      const token = await tokenOf(between[0]);
      heard.said(text);
      await http.call({ method: "POST", path: `/api/chat/threads/${id}/messages/`, token, body: { text } });
    };
    const run = async (say: () => Promise<void>, perSecond: number, forSeconds: number) => {
      await paced(say, { count: perSecond * forSeconds, perSecond });
      await heard.settled();
      const { latencies } = heard;
      heard.latencies = [];
      return percentiles(latencies);
    };
    await run(bySocket, bySocketPerSecond, warmUpSeconds);
    const sockets = await run(bySocket, bySocketPerSecond, seconds);
    await run(byHttp, byHttpPerSecond, 1);
    const calls = await run(byHttp, byHttpPerSecond, seconds);
    return [
      rowOf(`one chat socket to the other, ${clients.length} sockets, ${bySocketPerSecond} messages/s`, sockets, 50),
      rowOf(`HTTP to a chat socket, ${byHttpPerSecond} messages/s`, calls, 200),
    ];
  } finally {
    for (const client of clients) client.close();
  }
}

async function pages(http: HttpClient, desk: ChatDesk, token: string): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const depth of [0, 0.5, 1]) {
    const before = Math.max(51, Math.round(desk.longThread.messages * (1 - depth)));
    const cursor = Buffer.from(JSON.stringify({ before })).toString("base64url");
    const path = `/api/chat/threads/${desk.longThread.id}/messages/?limit=50${depth === 0 ? "" : `&cursor=${cursor}`}`;
    const read = { path, token, isWhole: ({ results }: Body) => Array.isArray(results) && results.length === 50 };
    rows.push(await timed(http, `50 of ${desk.longThread.messages} messages, ${depth * 100} % down`, read, 20));
  }
  return rows;
}

function unread(http: HttpClient, token: string): Promise<BenchRow> {
  const read = { path: "/api/chat/unread-count/", token, isWhole: ({ unread_count: n }: Body) => Number(n) > 0 };
  return timed(http, "unread count of a user with 1,000 threads", read, 5);
}

type Body = Record<string, unknown>;

interface Read {
  path: string;
  token?: string;
  isWhole: (body: Body) => boolean;
}

/** What any call costs: it asks neither who calls nor the database. */
const bare: Read = { path: "/healthz", isWhole: (body) => Object.keys(body).length > 0 };

/** One read after the other, each followed by a bare call, its yardstick. */
async function timed(http: HttpClient, row: string, read: Read, belowMs: number): Promise<BenchRow> {
  const [own, bares]: [number[], number[]] = [[], []];
  for (let index = 0; index < reads.warmUp + reads.counted; index++) {
    const [tookMs, bareMs] = [await timeOf(http, read), await timeOf(http, bare)];
    if (index < reads.warmUp) continue;
    own.push(tookMs);
    bares.push(bareMs);
  }
  const { p50Ms, p99Ms } = percentiles(bares);
  return {
    ...rowOf(row, percentiles(own), belowMs),
    yardstick: `a call of /healthz beside each: p50 ${p50Ms} ms, p99 ${p99Ms} ms`,
    yardstickValue: p99Ms,
  };
}

async function timeOf(http: HttpClient, { path, token, isWhole }: Read): Promise<number> {
  const from = performance.now();
  const { status, body } = await http.call({ method: "GET", path, ...(token ? { token } : {}) });
  const tookMs = performance.now() - from;
  if (status !== 200 || !isWhole(body)) throw new Failure(`${path} was answered ${status} ${JSON.stringify(body)}`);
  return tookMs;
}

function rowOf(row: string, { p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }, belowMs: number): BenchRow {
  return {
    row,
    figure: `p50 ${p50Ms} ms, p99 ${p99Ms} ms`,
    value: p99Ms,
    detail: { p50Ms, p99Ms },
    target: `p99 < ${belowMs}`,
    met: p99Ms < belowMs,
  };
}
