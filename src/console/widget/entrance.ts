import { CustomerDesk } from "../chat/customer-desk.js";
import { KeptSays } from "../chat/kept-says.js";
import type { TextStorage } from "../desk/drafts.js";
import { asCallError } from "../http/call-error.js";
import { type KeptSession, Session, type SessionUser, type TokenHolder } from "../http/session.js";
import type { SocketConstructor } from "../live/socket-like.js";
import { PageTokens } from "./page-token.js";
import type { WidgetSettings } from "./settings.js";

export interface EntranceOptions {
  settings: WidgetSettings;
  fetch: typeof fetch;
  socket: SocketConstructor;
  storage: TextStorage;
  newKey: () => string;
  /** Runs one at a time over all tabs of the page's site. */
  alone: <T>(run: () => Promise<T>) => Promise<T>;
}

/** Who comes with the page's token: the desk knows who that is, the page need not. */
const pagesCustomer: SessionUser = { id: 0, role: "customer", name: "", email: null };

/** Who writes in the widget: the page's own customer, somebody with an account, or a guest. */
export class Entrance {
  readonly #options: EntranceOptions;
  readonly #prefix: string;
  readonly #pageTokens: PageTokens | null;
  readonly session: Session;

  constructor(options: EntranceOptions) {
    this.#options = options;
    const { settings, storage } = options;
    // One site may show the widgets of two desks.
    this.#prefix = `switchboard.widget.${settings.base}`;
    this.#pageTokens = settings.token === undefined ? null : new PageTokens(settings.token);
    const key = `${this.#prefix}.session`;
    this.session = new Session({
      fetch: (path, init) => options.fetch(`${settings.base}${String(path)}`, init),
      keeper: {
        load: () => parsed(storage.getItem(key)),
        save: (kept) => (kept ? storage.setItem(key, JSON.stringify(kept)) : storage.removeItem(key)),
      },
      alone: options.alone,
    });
  }

  /** The page says who its customer is: there is nothing to sign in to or out of. */
  get isPages(): boolean {
    return this.#pageTokens !== null;
  }

  /** Whether somebody wrote here before, or is known. */
  get isKnown(): boolean {
    return this.session.user !== null || this.lastCase !== null;
  }

  /** The conversation that was open last. */
  get lastCase(): number | null {
    const id = Number(this.#options.storage.getItem(`${this.#prefix}.case`) ?? "");
    return Number.isSafeInteger(id) && id > 0 ? id : null;
  }

  set lastCase(id: number | null) {
    if (id === null) this.#options.storage.removeItem(`${this.#prefix}.case`);
    else this.#options.storage.setItem(`${this.#prefix}.case`, String(id));
  }

  /** What was said before there was a conversation. */
  get kept(): KeptSays {
    return new KeptSays(this.#options.storage, this.#prefix);
  }

  /** Signed in, if need be as a new guest. Throws CallError, `registration_closed` where an account is needed. */
  async enter(): Promise<CustomerDesk> {
    if (this.#pageTokens) {
      // Whether there is one is known when it is asked for.
      await this.#pageTokens.token();
      return this.#deskOf(this.#pageTokens, pagesCustomer);
    }
    if (!this.session.user) await this.session.enterAsGuest(this.#options.settings.customerName);
    try {
      await this.session.token();
    } catch (error) {
      // The session is over: whoever it was is a guest now.
      if (asCallError(error).status !== 401) throw error;
      this.lastCase = null;
      await this.session.enterAsGuest(this.#options.settings.customerName);
    }
    const { user } = this.session;
    return this.#deskOf(this.session, user ?? pagesCustomer);
  }

  #deskOf(session: TokenHolder, user: SessionUser): CustomerDesk {
    const { settings, fetch, socket, newKey } = this.#options;
    return new CustomerDesk({
      session,
      user,
      fetch: (path, init) => fetch(`${settings.base}${String(path)}`, init),
      socket,
      socketBase: settings.base.replace(/^http/, "ws"),
      newKey,
      kept: this.kept,
    });
  }
}

function parsed(text: string | null): KeptSession | null {
  try {
    return JSON.parse(text ?? "null") as KeptSession | null;
  } catch {
    return null;
  }
}
