import type { ConversationView } from "../../contract/http/conversations.js";
import { Observable } from "../desk/observable.js";
import { asCallError } from "../http/call-error.js";
import type { Upload } from "../http/desk-calls.js";
import { HttpClient } from "../http/http-client.js";
import type { Session, SessionUser } from "../http/session.js";
import type { SocketConstructor } from "../live/socket-like.js";
import { type CustomerCalls, customerCalls, type Prompt } from "./customer-calls.js";

export interface CustomerDeskOptions {
  session: Session;
  user: SessionUser;
  fetch: typeof fetch;
  socket: SocketConstructor;
  /** `ws://host`, without a path. */
  socketBase: string;
  newKey: () => string;
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
  cases: readonly ConversationView[] | null = null;
  prompts: readonly Prompt[] = [];
  fault: string | null = null;

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

  /** Fetches the cases anew. */
  async load(): Promise<void> {
    try {
      const { results } = await this.calls.cases();
      this.cases = results.filter(({ is_archived }) => !is_archived);
      this.fault = null;
    } catch (error) {
      this.fault = asCallError(error).message;
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
