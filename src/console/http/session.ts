import { asCallError, CallError, callErrorOf } from "./call-error.js";

export interface SessionUser {
  id: number;
  role: "admin" | "agent" | "customer";
  name: string;
  email: string | null;
}

/** What outlives a reload: shared by all tabs of a browser. */
export interface KeptSession {
  refresh: string;
  user: SessionUser;
}

/** Where it is kept. */
export interface SessionKeeper {
  load(): KeptSession | null;
  save(kept: KeptSession | null): void;
}

export interface SessionOptions {
  fetch: typeof fetch;
  keeper: SessionKeeper;
  /** Runs one at a time over all tabs: a refresh token is good once, and shown twice it ends the session. */
  alone: <T>(run: () => Promise<T>) => Promise<T>;
  now?: () => number;
}

interface Opened {
  access: string;
  refresh: string;
  user: SessionUser;
}

/** Who has access tokens to give. Both throw CallError where none can be had. */
export interface TokenHolder {
  /** One that is good now. */
  token(): Promise<string>;
  /** Another one: the last was refused. */
  renew(): Promise<string>;
}

/** Renewed so long before it runs out, ms: clocks differ. */
const renewBeforeMs = 30_000;

/** Who is signed in, and its access token, which is kept in memory alone. */
export class Session implements TokenHolder {
  readonly #options: SessionOptions;
  readonly #listeners = new Set<() => void>();
  #access: { token: string; until: number } | null = null;
  #user: SessionUser | null;
  #renewing: Promise<string> | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#user = options.keeper.load()?.user ?? null;
  }

  /** null: nobody. */
  get user(): SessionUser | null {
    return this.#user;
  }

  /** Calls back at each change of user; returns what ends it. */
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async signIn(email: string, password: string): Promise<void> {
    this.#take(await this.#post("/api/auth/login/", { email, password }));
  }

  /** In the open demo mode: as anybody, by one click. */
  async signInDemo(userId: number): Promise<void> {
    this.#take(await this.#post("/api/auth/demo/", { user_id: userId }));
  }

  async register(name: string, email: string, password: string): Promise<void> {
    this.#take(await this.#post("/api/auth/register/", { name, email, password }));
  }

  /** Without an account, as a new customer. */
  async enterAsGuest(name?: string): Promise<void> {
    this.#take(await this.#post("/api/auth/guest/", name === undefined ? {} : { name }));
  }

  /** An access token that is good now. Throws CallError: `unauthorized` when the session is over, `offline`. */
  async token(): Promise<string> {
    const now = (this.#options.now ?? Date.now)();
    if (this.#access && this.#access.until - renewBeforeMs > now) return this.#access.token;
    return this.renew();
  }

  /** A new access token, whatever became of the last one. */
  renew(): Promise<string> {
    this.#renewing ??= this.#options
      .alone(() => this.#renew())
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }

  /** Ends this session at the desk and here; here also when the desk cannot be reached. */
  async signOut(): Promise<void> {
    const kept = this.#options.keeper.load();
    const token = await this.token().catch(() => null);
    this.#end();
    if (!kept || token === null) return;
    // The token may have been renewed just now.
    const refresh = this.#renewedTo ?? kept.refresh;
    await this.#post("/api/auth/logout/", { refresh }, token).catch(() => undefined);
  }

  #renewedTo: string | null = null;

  async #renew(): Promise<string> {
    const kept = this.#options.keeper.load();
    if (!kept) {
      this.#end();
      throw new CallError(401, "unauthorized", "Nobody is signed in.");
    }
    try {
      return this.#take(await this.#post("/api/auth/refresh/", { refresh: kept.refresh }));
    } catch (error) {
      const refused = asCallError(error);
      if (refused.status === 401) this.#end();
      throw refused;
    }
  }

  #take(opened: Opened): string {
    const { access, refresh, user } = opened;
    this.#options.keeper.save({ refresh, user });
    this.#renewedTo = refresh;
    this.#access = { token: access, until: endOf(access) };
    if (this.#user?.id !== user.id || this.#user.name !== user.name) this.#become(user);
    return access;
  }

  #end(): void {
    this.#options.keeper.save(null);
    this.#access = null;
    if (this.#user) this.#become(null);
  }

  #become(user: SessionUser | null): void {
    this.#user = user;
    for (const listener of this.#listeners) listener();
  }

  async #post(path: string, body: unknown, token?: string): Promise<Opened> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    const { fetch } = this.#options;
    let response: Response;
    try {
      response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    } catch (error) {
      throw asCallError(error);
    }
    if (!response.ok) throw await callErrorOf(response);
    return response.status === 204 ? ({} as Opened) : ((await response.json()) as Opened);
  }
}

/** When a JWT runs out, ms; 0 for what cannot be read. */
function endOf(token: string): number {
  try {
    const claims = JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))) as {
      exp?: number;
    };
    return (claims.exp ?? 0) * 1000;
  } catch {
    return 0;
  }
}
