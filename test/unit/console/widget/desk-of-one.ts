import type { TextStorage } from "../../../../src/console/desk/drafts.js";
import type { SocketLike } from "../../../../src/console/live/socket-like.js";
import { Entrance } from "../../../../src/console/widget/entrance.js";
import type { PageToken } from "../../../../src/console/widget/settings.js";
import { WidgetDesk } from "../../../../src/console/widget/widget-desk.js";

export function memory(): TextStorage & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** A token that is good for long. */
const access = `h.${btoa(JSON.stringify({ exp: 9_999_999_999 }))}.s`;

/** No socket of its opens: it is only looked at over HTTP. */
class DeadSocket implements SocketLike {
  readyState = 0;
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  onerror: SocketLike["onerror"] = null;
  send(): void {}
  close(): void {}
}

interface Answer {
  status: number;
  body?: unknown;
}

/** A desk of one customer's, in memory, and the widget before it. `refuses` answers in its place; `away` answers nothing. */
export class DeskOfOne {
  readonly storage = memory();
  readonly calls: { path: string; body: Record<string, unknown>; token: string | null }[] = [];
  readonly cases: { id: number; texts: string[]; key: string }[] = [];
  readonly told: (number | null)[] = [];
  readonly refused: boolean[] = [];
  isAway = false;
  refuses: (path: string) => Answer | null = () => null;
  #guests = 0;
  #keys = 0;

  /** A widget on a page that has just been loaded. */
  load(token?: PageToken): WidgetDesk {
    const newKey = () => `key-${this.#keys++}`;
    const entrance = new Entrance({
      settings: {
        base: "https://desk.example.test",
        botName: "Bot",
        position: "bottom-right",
        theme: "auto",
        customerName: undefined,
        token,
      },
      fetch: (path, init) => this.#fetch(String(path), init),
      socket: DeadSocket,
      storage: this.storage,
      newKey,
      alone: (run) => run(),
    });
    return new WidgetDesk({
      entrance,
      newKey,
      onConversation: (id) => this.told.push(id),
      onRefused: (isLive) => this.refused.push(isLive),
    });
  }

  paths(): string[] {
    return this.calls.map(({ path }) => path);
  }

  async #fetch(address: string, init?: RequestInit): Promise<Response> {
    if (this.isAway) throw new TypeError("Failed to fetch");
    const { pathname } = new URL(address);
    const body = JSON.parse(String(init?.body ?? "{}")) as Record<string, unknown>;
    const token = new Headers(init?.headers).get("authorization");
    this.calls.push({ path: pathname, body, token });
    const { status, body: answer } = this.refuses(pathname) ?? this.#answer(pathname, body);
    return new Response(JSON.stringify(answer ?? {}), { status });
  }

  #answer(path: string, body: Record<string, unknown>): Answer {
    const user = { id: this.#guests || 1, role: "customer", name: "Guest", email: null };
    switch (path) {
      case "/api/auth/guest/":
        this.#guests++;
        return { status: 201, body: { access, refresh: "r", user: { ...user, id: this.#guests } } };
      case "/api/auth/login/":
      case "/api/auth/refresh/":
        return { status: 200, body: { access, refresh: "r2", user } };
      case "/api/bot-prompts/":
        return { status: 200, body: [{ id: 1, title: "Repay", text: "How?", order: 1 }] };
      case "/api/chat/conversations/":
        return { status: 200, body: { results: this.cases.map(({ id }) => this.#view(id)), next: null } };
      case "/api/user-response/": {
        const known = this.cases.find(({ key }) => key === body.client_id);
        const one = known ?? { id: 100 + this.cases.length, texts: [String(body.text)], key: String(body.client_id) };
        if (!known) this.cases.push(one);
        return { status: 200, body: { conversation_id: one.id, message_id: 1 } };
      }
      default: {
        const id = Number(/^\/api\/chat\/(?:conversations|threads)\/(\d+)\//.exec(path)?.[1]);
        return path.endsWith("/messages/")
          ? { status: 200, body: { results: [], next: null } }
          : { status: 200, body: this.#view(id) };
      }
    }
  }

  #view(id: number) {
    const participants = [{ user_id: 9, name: "Guest", role: "customer", joined_at: "", last_read_at: null }];
    return {
      id,
      kind: "support",
      ticket_id: 5,
      ticket_status: "unassigned",
      is_archived: false,
      participants,
      title: "",
    };
  }
}
