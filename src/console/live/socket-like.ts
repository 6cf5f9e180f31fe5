/** The part of the WebSocket interface that the client uses. */
export interface SocketLike {
  readyState: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
}

/** A browser's `WebSocket`, or one that behaves like it. */
export type SocketConstructor = new (url: string, protocols?: string[]) => SocketLike;
