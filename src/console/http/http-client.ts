import { asCallError, callErrorOf } from "./call-error.js";
import type { TokenHolder } from "./session.js";

export interface CallOptions {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  /** A form in place of JSON. */
  form?: FormData;
  /** The same key again has one effect (Idempotency-Key). */
  key?: string;
  signal?: AbortSignal;
}

/** Calls the API with the session's token; one that was refused is renewed, and the call made once more. */
export class HttpClient {
  readonly #session: TokenHolder;
  readonly #fetch: typeof fetch;

  constructor(session: TokenHolder, fetcher: typeof fetch) {
    this.#session = session;
    this.#fetch = fetcher;
  }

  /** The answer's JSON. Throws CallError. */
  async call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const response = await this.#answered(method, path, options);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** The answer's bytes. Throws CallError. */
  async download(path: string): Promise<Blob> {
    return (await this.#answered("GET", path, {})).blob();
  }

  async #answered(method: string, path: string, options: CallOptions): Promise<Response> {
    let token = await this.#session.token();
    let response = await this.#send(method, path, options, token);
    if (response.status === 401) {
      token = await this.#session.renew();
      response = await this.#send(method, path, options, token);
    }
    if (!response.ok) throw await callErrorOf(response);
    return response;
  }

  async #send(method: string, path: string, options: CallOptions, token: string): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (options.body !== undefined) headers["content-type"] = "application/json";
    if (options.key !== undefined) headers["idempotency-key"] = options.key;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined && value !== "") query.set(name, String(value));
    }
    const fetcher = this.#fetch;
    try {
      return await fetcher(query.size > 0 ? `${path}?${query}` : path, {
        method,
        headers,
        ...(options.form ? { body: options.form } : {}),
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
        ...(options.signal ? { signal: options.signal } : {}),
      });
    } catch (error) {
      throw asCallError(error);
    }
  }
}
