import fc from "fast-check";
import { type ApiDocument, type Operation, readDocument } from "./document.js";
import { judge } from "./judge.js";
import { RawHttp } from "./raw-client.js";
import { type FuzzRequest, requestArbitrary } from "./request-arbitrary.js";
import { World } from "./world.js";

export interface FuzzOptions {
  api: string;
  /** Signs in as an admin. */
  first: { email: string; password: string };
  requests: number;
  seed: number;
  /** Only operations whose `METHOD path` holds this. */
  only?: string;
}

export interface FuzzOutcome {
  requests: number;
  /** By `METHOD path`: how often each status came. */
  statuses: Record<string, Record<string, number>>;
  /** What was found: the operation, what is wrong, the smallest request that shows it, and how to see it again. */
  findings: { operation: string; faults: string[]; request: string; answer: string; replay: string }[];
}

/** Of requests in a row, so that what they removed is there again. */
const refreshEvery = 150;
const shownMax = 1200;

/**
 * Sends requests made up from the document to every operation of it, and judges each answer by the document. The first
 * fault of an operation is shrunk to the smallest request that still shows it, and its run ends there.
 */
export async function fuzzOperations({ api, first, requests, seed, only = "" }: FuzzOptions): Promise<FuzzOutcome> {
  const document = readDocument(await (await fetch(`${api}/openapi.json`)).json());
  const chosen = document.operations.filter(({ method, path }) => `${method} ${path}`.includes(only));
  const listed = document.operations.filter(({ method, path }) => method === "GET" && !path.includes("{"));
  const collections = listed
    .map(({ path }) => path)
    .filter((path) => document.operations.some((one) => isIn(one, path)));
  const run = new Run(api, document, new World(api, first), collections);
  const outcome: FuzzOutcome = { requests: 0, statuses: {}, findings: [] };
  for (const operation of chosen) {
    const name = `${operation.method} ${operation.path}`;
    const found = await run.operation(operation, { numRuns: Math.ceil(requests / chosen.length), seed });
    if (found) outcome.findings.push({ operation: name, ...found });
  }
  run.close();
  return { ...outcome, requests: run.sent, statuses: run.statuses };
}

/** Whether an operation is on one object of a collection. */
function isIn({ path }: Operation, collection: string): boolean {
  return path.startsWith(`${collection}{`);
}

class Run {
  readonly #host: string;
  readonly #client: RawHttp;
  readonly #document: ApiDocument;
  readonly #world: World;
  readonly #collections: string[];
  readonly statuses: FuzzOutcome["statuses"] = {};
  sent = 0;

  constructor(api: string, document: ApiDocument, world: World, collections: string[]) {
    this.#host = new URL(api).host;
    this.#client = new RawHttp(api);
    this.#document = document;
    this.#world = world;
    this.#collections = collections;
  }

  close(): void {
    this.#client.close();
  }

  async operation(operation: Operation, parameters: { numRuns: number; seed: number }) {
    await this.#world.refresh(this.#collections);
    const arbitrary = requestArbitrary(operation, this.#document, this.#world);
    const details = await fc.check(
      fc.asyncProperty(arbitrary, async (request) => {
        const { faults, status, text } = await this.#try(request, operation);
        this.#count(operation, status);
        if (faults.length > 0) throw new Found(faults, this.#show(request), `${status} ${text.slice(0, shownMax)}`);
      }),
      { ...parameters, endOnFailure: false, interruptAfterTimeLimit: 300_000, markInterruptAsFailure: false },
    );
    if (!details.failed) return null;
    const error = details.errorInstance;
    if (!(error instanceof Found)) throw error;
    const replay = `seed ${details.seed}, path ${details.counterexamplePath}`;
    return { faults: error.faults, request: error.request, answer: error.answer, replay };
  }

  async #try(request: FuzzRequest, operation: Operation): Promise<{ faults: string[]; status: number; text: string }> {
    if (++this.sent % refreshEvery === 0) await this.#world.refresh(this.#collections);
    try {
      const answer = await this.#client.send(this.#bytes(request), request.method === "HEAD");
      const faults = judge(request, operation, this.#document, answer);
      return { faults, status: answer.status, text: answer.body.toString("utf8") };
    } catch (error) {
      // A server that refuses a body by its size may cut the connection before its answer is read.
      const cut = (request.body?.length ?? 0) > 1_000_000;
      const message = error instanceof Error ? error.message : String(error);
      return { faults: cut ? [] : [`no answer: ${message}`], status: 0, text: message };
    }
  }

  #bytes({ actor, method, target, headers, body, wild }: FuzzRequest): Buffer {
    const token = this.#world.tokenOf(actor);
    const own = headers.some((header) => header.startsWith("Authorization:"));
    const lines = [
      `${method} ${target} HTTP/1.1`,
      `Host: ${this.#host}`,
      ...(token === undefined || own ? [] : [`Authorization: Bearer ${token}`]),
      ...headers.map((header) => Buffer.from(header).toString("latin1")),
      ...(wild === "http" ? ["Connection: close"] : []),
      ...(body === null ? [] : [`Content-Length: ${body.length}`]),
    ];
    const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
    return body === null ? head : Buffer.concat([head, body]);
  }

  /** The request as a person reads it: no token, nothing that a terminal would obey. */
  #show({ actor, method, target, headers, body }: FuzzRequest): string {
    const sent = body === null ? "" : `\n${body.toString("latin1")}`;
    const text = `as ${actor}: ${method} ${target}\n${headers.join("\n")}${sent}`;
    return [...text.slice(0, shownMax)]
      .map((sign) => (sign < " " && sign !== "\n" ? `\\x${hex(sign)}` : sign))
      .join("");
  }

  #count({ method, path }: Operation, status: number): void {
    const name = `${method} ${path}`;
    const counts = this.statuses[name] ?? {};
    this.statuses[name] = { ...counts, [status]: (counts[status] ?? 0) + 1 };
  }
}

const hex = (sign: string) => sign.charCodeAt(0).toString(16).padStart(2, "0");

class Found extends Error {
  constructor(
    readonly faults: string[],
    readonly request: string,
    readonly answer: string,
  ) {
    super(faults.join("; "));
  }
}
