import { timingSafeEqual } from "node:crypto";
import type { Metrics } from "./metrics.js";
import type { PartState } from "./readiness.js";

/** A plain HTTP request, as far as these pages look at it. */
export interface PageRequest {
  method: string;
  path: string;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  remoteAddress: string;
}

export interface PageAnswer {
  status: number;
  contentType: string;
  body: string;
}

export interface SystemPagesOptions {
  metrics: Pick<Metrics, "text" | "contentType">;
  /** The parts that the process needs, each as it answers now. */
  look: () => Promise<Record<string, PartState>>;
  /** Whoever shows it may read the figures from anywhere. */
  token: string | undefined;
  /** What `/healthz` says besides `status`. */
  health?: () => Record<string, unknown>;
}

const json = "application/json";
const loopback = /^(127\.|::1$|::ffff:127\.|0000:0000:0000:0000:0000:(0000|ffff):(0000:0001|7f))/;
const loopbackHost = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

/**
 * `/healthz`, `/readyz` and `/metrics` of a process that is not the API. The figures are for whoever shows METRICS_TOKEN,
 * and for callers on this machine: by a loopback address and name, and not through a proxy.
 */
export class SystemPages {
  readonly #options: SystemPagesOptions;

  constructor(options: SystemPagesOptions) {
    this.#options = options;
  }

  /** The answer to a request; null: no page of ours is there. */
  async answer(request: PageRequest): Promise<PageAnswer | null> {
    const path = request.path.replace(/\/$/, "");
    if (path !== "/healthz" && path !== "/readyz" && path !== "/metrics") return null;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return problem(405, "method_not_allowed", "This path takes GET.");
    }
    if (path === "/healthz") return page(200, { status: "ok", ...this.#options.health?.() });
    if (path === "/metrics") return this.#figures(request);
    const parts = await this.#options.look();
    const ready = Object.values(parts).every((part) => part.ok);
    return page(ready ? 200 : 503, { status: ready ? "ready" : "unavailable", ...parts });
  }

  async #figures(request: PageRequest): Promise<PageAnswer> {
    const { metrics, token } = this.#options;
    if (!isLocal(request) && !(token && shows(request, token))) {
      return problem(401, "unauthorized", "The figures are for METRICS_TOKEN, or for this machine.");
    }
    return { status: 200, contentType: metrics.contentType, body: await metrics.text() };
  }
}

function isLocal(request: PageRequest): boolean {
  if (!loopback.test(request.remoteAddress)) return false;
  if (["forwarded", "x-forwarded-for", "via"].some((name) => request.header(name) !== undefined)) return false;
  return loopbackHost.test(request.header("host") ?? "") && request.header("origin") === undefined;
}

function shows(request: PageRequest, token: string): boolean {
  const given = Buffer.from(request.header("authorization") ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function page(status: number, body: Record<string, unknown>): PageAnswer {
  return { status, contentType: json, body: JSON.stringify(body) };
}

function problem(status: number, code: string, detail: string): PageAnswer {
  return page(status, { status: code, detail });
}
