import { agentsStream, conversationStream } from "../contract/events.js";

/** What a socket is opened on. */
export type Door = { kind: "agents"; stream: string } | { kind: "chat"; stream: string; conversationId: number };

/** The door of a path; null: no socket lives there. An id that nobody can have is a conversation that is not there. */
export function doorOf(path: string): Door | null {
  if (/^\/ws\/agents\/?$/.test(path)) return { kind: "agents", stream: agentsStream };
  const id = /^\/ws\/chat\/(\d{1,15})\/?$/.exec(path)?.[1];
  if (id === undefined) return null;
  const conversationId = Number(id);
  return { kind: "chat", conversationId, stream: conversationStream(conversationId) };
}
