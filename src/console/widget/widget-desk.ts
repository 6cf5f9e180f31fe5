import { CaseSession } from "../chat/case-session.js";
import type { CustomerDesk } from "../chat/customer-desk.js";
import type { PendingSay } from "../chat/kept-says.js";
import { Observable } from "../desk/observable.js";
import { asCallError, type CallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { Backoff } from "../live/backoff.js";
import type { Entrance } from "./entrance.js";
import { unreadIn } from "./unread.js";

/** What fills the widget: the talk, the list of what was asked, or signing in. */
export type WidgetView = "talk" | "cases" | "account";

export interface WidgetDeskOptions {
  entrance: Entrance;
  newKey: () => string;
  /** The conversation is another one now. */
  onConversation: (id: number | null) => void;
  /** No call is answered; `isLive`: calls are, but no socket opens. For the page's console. */
  onRefused: (isLive: boolean) => void;
}

const retryMs = { min: 1000, max: 30_000 };

/** All that the widget knows: who writes, the conversation that is open, and what waits to be said. */
export class WidgetDesk extends Observable {
  readonly entrance: Entrance;
  readonly #options: WidgetDeskOptions;
  readonly #backoff = new Backoff(retryMs.min, retryMs.max);
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isEntering = false;
  #isOpeningCase = false;
  #isRefusalTold = false;
  #isPollTold = false;
  desk: CustomerDesk | null = null;
  talk: CaseSession | null = null;
  /** Said before there was a conversation: the first opens it. */
  opening: readonly PendingSay[];
  isOpen = false;
  view: WidgetView = "talk";
  fault: CallError | null = null;
  /** What others said while it was closed. */
  unread = 0;

  constructor(options: WidgetDeskOptions) {
    super();
    this.#options = options;
    this.entrance = options.entrance;
    this.opening = options.entrance.kept.load(0);
  }

  get conversationId(): number | null {
    return this.talk?.id ?? null;
  }

  /** On a page that somebody wrote on before it goes on where it was; else nothing is asked before it is opened. */
  start(): void {
    if (this.entrance.isKnown || this.opening.length > 0) void this.#enter();
  }

  open(): void {
    this.isOpen = true;
    this.unread = 0;
    this.#seen();
    this.changed();
    void this.#enter();
  }

  close(): void {
    this.isOpen = false;
    this.changed();
  }

  show(view: WidgetView): void {
    this.view = view;
    if (view === "cases") void this.desk?.load();
    this.changed();
  }

  /** Says something, in the conversation that is open or in a new one. */
  say(text: string, file: Upload | null): void {
    if (this.talk) {
      this.talk.say(text, file);
      return;
    }
    this.#keepOpening([...this.opening, { key: this.#options.newKey(), text, file, at: Date.now(), refusal: null }]);
    void this.#enter();
  }

  /** Takes back what the desk would not have. */
  discard(key: string): void {
    if (this.talk) {
      this.talk.discard(key);
      return;
    }
    this.#keepOpening(this.opening.filter((item) => item.key !== key));
    void this.#openCase();
  }

  /** Begins a new question. */
  begin(): void {
    this.#follow(null, false);
    this.show("talk");
  }

  /** Opens one of the conversations there are. */
  choose(id: number): void {
    if (id !== this.conversationId) this.#follow(id, false);
    this.show("talk");
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.entrance.session.signIn(email, password);
    this.#startOver();
    await this.#enter();
  }

  async register(name: string, email: string, password: string): Promise<void> {
    await this.entrance.session.register(name, email, password);
    this.#startOver();
    await this.#enter();
  }

  /** Forgets who wrote here, on this device. */
  async signOut(): Promise<void> {
    this.#startOver();
    this.entrance.lastCase = null;
    await this.entrance.session.signOut();
    this.close();
  }

  /** The network is back, or somebody looks again. */
  reconnectNow(): void {
    this.desk?.reconnectNow();
    if (this.#retry !== undefined) void this.#enter();
  }

  /** What is shown has been seen. */
  seen(): void {
    if (this.isOpen && this.view === "talk") this.#seen();
  }

  #seen(): void {
    this.talk?.seen();
  }

  async #enter(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.desk) return this.#openCase();
    if (this.#isEntering) return;
    this.#isEntering = true;
    try {
      const desk = await this.entrance.enter();
      await desk.start();
      if (desk.fault) throw desk.fault;
      this.desk = desk;
      desk.subscribe(() => this.changed());
      this.fault = null;
      if (this.view === "account") this.view = "talk";
      this.#backoff.reset();
      if (!this.talk) this.#goOn();
    } catch (error) {
      this.#failed(asCallError(error));
    }
    this.#isEntering = false;
    this.changed();
    if (this.desk) await this.#openCase();
  }

  /** The conversation that was open last goes on. */
  #goOn(): void {
    const last = this.desk?.cases?.find(({ id }) => id === this.entrance.lastCase);
    if (last) this.#follow(last.id, false);
  }

  /** What was said before there was a conversation opens one, or goes on with the one that was open last. */
  async #openCase(): Promise<void> {
    if (this.talk) return this.#sayOpening(this.opening);
    const [first] = this.opening;
    if (!this.desk || !first || first.refusal !== null || this.#isOpeningCase) return;
    this.#isOpeningCase = true;
    try {
      const id = await this.desk.open(first.text, first.file, first.key);
      const rest = this.opening.filter(({ key }) => key !== first.key);
      this.#backoff.reset();
      this.#follow(id, rest.length === 0);
      this.#sayOpening(rest);
    } catch (thrown) {
      const error = asCallError(thrown);
      if (error.isPassing) this.#failed(error);
      else this.#keepOpening(this.opening.map((item) => ({ ...item, refusal: error.message })));
    }
    this.#isOpeningCase = false;
  }

  #sayOpening(items: readonly PendingSay[]): void {
    if (this.opening.length > 0) this.#keepOpening([]);
    // With their own keys: another tab may be saying the same.
    for (const { text, file, key } of items) this.talk?.say(text, file, key);
  }

  #follow(id: number | null, asksBot: boolean): void {
    this.talk?.stop();
    this.talk = null;
    this.unread = 0;
    if (this.desk && id !== null) {
      const talk = new CaseSession(this.desk, id);
      this.talk = talk;
      talk.subscribe(() => this.#talked(talk));
      talk.start(asksBot);
    }
    this.entrance.lastCase = id;
    this.#options.onConversation(id);
    this.changed();
  }

  #talked(talk: CaseSession): void {
    if (talk !== this.talk) return;
    this.unread = this.isOpen ? 0 : unreadIn(talk);
    if (talk.state === "polling" && !this.#isPollTold) {
      this.#isPollTold = true;
      this.#options.onRefused(true);
    }
    this.changed();
  }

  #failed(error: CallError): void {
    this.fault = error;
    if (error.code === "registration_closed") {
      this.view = "account";
      return;
    }
    if (error.status === 0 && !this.#isRefusalTold) {
      this.#isRefusalTold = true;
      this.#options.onRefused(false);
    }
    if (error.isPassing) this.#retry = setTimeout(() => void this.#enter(), this.#backoff.next());
    this.changed();
  }

  #keepOpening(opening: readonly PendingSay[]): void {
    this.opening = opening;
    this.entrance.kept.save(0, opening);
    this.changed();
  }

  /** Somebody else writes now. */
  #startOver(): void {
    this.#follow(null, false);
    this.#keepOpening([]);
    this.desk = null;
    this.view = "talk";
  }
}
