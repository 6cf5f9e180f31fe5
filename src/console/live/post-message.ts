import { pollAddressOf } from "./long-poll.js";
import type { ServerFrame } from "./stream-log.js";

/** Where the messages of a socket's conversation are posted; null: where it is nobody's conversation. */
export function chatAddressOf(socketUrl: string): string | null {
  const poll = pollAddressOf(socketUrl);
  const id = poll === null ? null : new URL(poll).searchParams.get("stream")?.split(":")[1];
  return id ? new URL(`../chat/threads/${id}/messages/`, poll ?? undefined).href : null;
}

/**
 * Says over HTTP what a frame would have said over the socket; answers as the socket would (`ack` or `error`), null when
 * there is no answer to go by, so that it is to be said again.
 */
export async function postMessage(
  address: string,
  frame: Readonly<Record<string, unknown>>,
  tokenOf: (again: boolean) => Promise<string | undefined>,
): Promise<ServerFrame | null> {
  const { type: _type, ...body } = frame;
  for (const again of [false, true]) {
    try {
      const token = await tokenOf(again);
      const response = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
        body: JSON.stringify(body),
      });
      if (response.status === 401 && !again) continue;
      if (response.status === 429 || response.status >= 500) return null;
      const answer = (await response.json()) as Record<string, unknown>;
      const { client_id } = frame;
      if (response.ok) return { type: "ack", client_id, message_id: answer.id, seq: answer.seq };
      return { ...answer, type: "error", client_id };
    } catch {
      return null;
    }
  }
  return null;
}
