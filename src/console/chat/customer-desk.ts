import type { ConversationView } from "../../contract/http/conversations.js";
import { Observable } from "../desk/observable.js";
import { asCallError, type CallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { HttpClient } from "../http/http-client.js";
import type { SessionUser, TokenHolder } from "../http/session.js";
import type { SocketConstructor } from "../live/socket-like.js";
import { type CustomerCalls, customerCalls, type Prompt } from "./customer-calls.js";
import type { KeptSays } from "./kept-says.js";

export interface CustomerDeskOptions {
  session: TokenHolder;
  user: SessionUser;
  fetch: typeof fetch;
  socket: SocketConstructor;
  /** `ws://host`, without a path. */
  socketBase: string;
  newKey: () => string;
  /** What is on its way when the page is left; without it that is lost. */
  kept?: KeptSays;
}

const titleMax = 80;

/** How a case stands, as its customer is told. */
export type CaseState = "bot" | "waiting" | "answered" | "closed";

/** With the bot until there is a ticket; then as the ticket stands. */
export function caseStateOf({ kind, ticket_id, ticket_status }: ConversationView): CaseState {
  if (ticket_id === null) return kind === "bot" ? "bot" : "closed";
  if (ticket_status === "closed") return "closed";
  return ticket_status === "in_progress" ? "answered" : "waiting";
}

/** What a customer's page knows: the cases, and what may be asked. */
export class CustomerDesk extends Observable {
  readonly options: CustomerDeskOptions;
  readonly calls: CustomerCalls;
  readonly #backListeners = new Set<() => void>();
  cases: readonly ConversationView[] | null = null;
  prompts: readonly Prompt[] = [];
  /** What the last fetch of the cases came to, if it failed. */
  fault: CallError | null = null;

  constructor(options: CustomerDeskOptions) {
    super();
    this.options = options;
    this.calls = customerCalls(new HttpClient(options.session, options.fetch));
  }

  get user(): SessionUser {
    return this.options.user;
  }

  async start(): Promise<void> {
    await Promise.all([
      this.load(),
      this.calls.prompts().then(
        (prompts) => {
          this.prompts = prompts;
          this.changed();
        },
        () => undefined,
      ),
    ]);
  }

  /** The network is back, or somebody looks again: nothing waits for its next try. */
  reconnectNow(): void {
    for (const listener of this.#backListeners) listener();
  }

  /** Calls back when what lost its connection is to come back at once; returns what ends it. */
  onBack(listener: () => void): () => void {
    this.#backListeners.add(listener);
    return () => this.#backListeners.delete(listener);
  }

  /** Fetches the cases anew. */
  async load(): Promise<void> {
    try {
      const { results } = await this.calls.cases();
      this.cases = results.filter(({ is_archived }) => !is_archived);
      this.fault = null;
    } catch (error) {
      this.fault = asCallError(error);
    }
    this.changed();
  }

  /** Opens a case with what is said first; its id. Throws CallError. */
  async open(text: string, file: Upload | null, key: string): Promise<number> {
    const { conversation_id: id } = await this.calls.respond(text, file?.id ?? null, key);
    // What is asked is what the case is called; that it is not is no reason to fail.
    await this.calls.rename(id, text.trim().slice(0, titleMax)).catch(() => undefined);
    void this.load();
    return id;
  }
}
