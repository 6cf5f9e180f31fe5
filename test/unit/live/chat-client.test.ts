import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ChatClient } from "../../../src/console/live/chat-client.js";
import { FakeSocket } from "./fake-socket.js";

const hello = { type: "hello", epoch: "e", stream: "conversation:1", pos: 0, oldest: 1, heartbeat_ms: 1000 };
let client: ChatClient;

beforeEach(async () => {
  vi.useFakeTimers();
  FakeSocket.made = [];
  client = new ChatClient({ socket: FakeSocket, onFrame: () => undefined, backoffMs: { min: 5, max: 5 } });
  client.connect("ws://desk.example/ws/chat/1/");
  await vi.advanceTimersByTimeAsync(0);
  socket().receive(hello);
});
afterEach(() => {
  client.close();
  vi.useRealTimers();
});

const socket = () => {
  const last = FakeSocket.made.at(-1);
  if (!last) throw new Error("no socket was made");
  return last;
};
const sent = () => socket().sent.flatMap((frame) => (frame as { client_id?: string }).client_id ?? []);
const ack = (clientId: string, seq: number) => ({ type: "ack", client_id: clientId, message_id: 100 + seq, seq });
const away = (clientId: string) => ({ type: "error", client_id: clientId, status: "unavailable", detail: "later" });

it("what is said behind one that could not be stored is not stored before it", async () => {
  const stored = ["a", "b", "c"].map((clientId) => client.say(clientId, { clientId }));
  expect(sent()).toEqual(["a"]);
  socket().receive(away("a"));
  await vi.advanceTimersByTimeAsync(999);
  expect(sent()).toEqual(["a"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent()).toEqual(["a", "a"]);
  for (const [index, clientId] of ["a", "b", "c"].entries()) socket().receive(ack(clientId, index + 1));
  expect(sent()).toEqual(["a", "a", "b", "c"]);
  await expect(Promise.all(stored)).resolves.toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
});

it("what was not answered when the socket was lost is said again on the next one, before all else", async () => {
  const stored = ["a", "b"].map((clientId) => client.say(clientId, { clientId }));
  socket().lose(1006);
  await vi.advanceTimersByTimeAsync(5);
  socket().receive(hello);
  expect(sent()).toEqual(["a"]);
  socket().receive(ack("a", 1));
  socket().receive(ack("b", 2));
  expect(sent()).toEqual(["a", "b"]);
  await expect(Promise.all(stored)).resolves.toMatchObject([{ seq: 1 }, { seq: 2 }]);
});

it("one that is refused for good does not hold up the next", async () => {
  const refused = client.say("a", { clientId: "a" });
  const stored = client.say("b", { clientId: "b" });
  socket().receive({ type: "error", client_id: "a", status: "invalid_body", detail: "no" });
  await expect(refused).rejects.toMatchObject({ name: "SayError", status: "invalid_body" });
  socket().receive(ack("b", 1));
  await expect(stored).resolves.toMatchObject({ seq: 1 });
});
