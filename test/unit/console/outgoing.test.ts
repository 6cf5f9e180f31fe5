import { expect, test } from "vitest";
import type { TextStorage } from "../../../src/console/desk/drafts.js";
import { Drafts, noDraft } from "../../../src/console/desk/drafts.js";
import { type NewOutgoing, OutgoingQueue } from "../../../src/console/desk/outgoing.js";
import { CallError } from "../../../src/console/http/call-error.js";
import type { DeskCalls } from "../../../src/console/http/desk-calls.js";
import { until } from "../../support/until.js";

function memory(): TextStorage & { kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

/** A desk that answers each call as it is told: an error, or null for yes. */
function open(answers: (CallError | null)[], storage = memory()) {
  const calls: { verb: string; text: string; key: string; version?: number }[] = [];
  const answer = async () => {
    const error = answers.shift();
    if (error) throw error;
  };
  const desk = {
    reply: (_: number, { text, key, version }: { text: string; key: string; version: number }) => {
      calls.push({ verb: "reply", text, key, version });
      return answer();
    },
    note: (_: number, text: string, key: string) => {
      calls.push({ verb: "note", text, key });
      return answer();
    },
    say: (_: number, text: string, __: number, key: string) => {
      calls.push({ verb: "say", text, key });
      return answer();
    },
  } as unknown as DeskCalls;
  let next = 0;
  const retries: (() => void)[] = [];
  const queue = new OutgoingQueue({
    calls: desk,
    storage,
    userId: 1,
    newKey: () => `key-${++next}`,
    now: () => 1000,
    later: (run) => {
      retries.push(run);
      return () => void retries.splice(retries.indexOf(run), 1);
    },
    onSent: () => undefined,
  });
  return { queue, calls, retries, storage };
}

const reply = (text: string, change: Partial<NewOutgoing> = {}): NewOutgoing => ({
  ...{
    ticketId: 1,
    conversationId: 1,
    kind: "reply",
    text,
    version: 3,
    keepOpen: true,
    cannedId: null,
    attachment: null,
  },
  ...change,
});
const offline = () => new CallError(0, "offline", "nothing answered");
const states = (queue: OutgoingQueue) => queue.items.map(({ text, state }) => `${text} ${state}`);

test("what nothing answered goes out again under the same key, in the order in which it was said", async () => {
  const { queue, calls, retries } = open([offline(), null, null]);
  queue.send(reply("one"));
  queue.send(reply("two"));
  await until(() => retries.length === 1, "a retry");
  expect(states(queue)).toEqual(["one waiting", "two sending"]);
  retries[0]?.();
  await until(() => queue.items.length === 0, "all sent");
  expect(calls.map(({ text, key }) => `${text} ${key}`)).toEqual(["one key-1", "one key-1", "two key-2"]);
});

test("a refused one waits for a decision and holds up its own ticket only", async () => {
  const stale = new CallError(409, "stale_version", "It changed.", { messages: [{ id: 9, text: "wait" }] });
  const { queue, calls } = open([stale, null, null, null]);
  queue.send(reply("one"));
  queue.send(reply("two"));
  queue.send(reply("other", { ticketId: 2 }));
  await until(() => states(queue).join() === "one refused,two sending", "the other one sent");
  expect(queue.items[0]?.refusal).toMatchObject({ code: "stale_version", facts: { messages: [{ text: "wait" }] } });
  queue.again("key-1", 4);
  await until(() => queue.items.length === 0, "all sent");
  expect(calls.map(({ text, version }) => `${text} ${version}`)).toEqual(["one 3", "other 3", "one 4", "two 3"]);
  expect(calls[2]?.key).not.toBe("key-1");
});

test("sent again at once it carries the version that the refusal told of, also where no frame has told of it yet", async () => {
  const stale = new CallError(409, "stale_version", "It changed.", { version: 7 });
  const { queue, calls } = open([stale, stale, null]);
  queue.send(reply("one"));
  for (const known of [3, 9]) {
    await until(() => queue.items[0]?.state === "refused", "the refusal");
    queue.again(queue.items[0]?.key ?? "", known);
  }
  await until(() => queue.items.length === 0, "all sent");
  expect(calls.map(({ version }) => version)).toEqual([3, 7, 9]);
});

test("what is on its way outlives a reload, with its key", async () => {
  const first = open([offline()]);
  first.queue.send(reply("kept"));
  await until(() => first.retries.length === 1, "a retry");
  const second = open([null], first.storage);
  await until(() => second.queue.items.length === 0, "sent");
  expect(second.calls).toMatchObject([{ text: "kept", key: "key-1" }]);
  expect(first.storage.kept.size).toBe(0);
});

test("a file goes first as a message that keeps the ticket open, then the words that close it", async () => {
  const { queue, calls } = open([null, null]);
  queue.send(reply("here it is", { keepOpen: false, attachment: { id: 5, name: "a.png" } }));
  await until(() => queue.items.length === 0, "sent");
  expect(calls).toMatchObject([
    { verb: "say", text: "", key: "key-1" },
    { verb: "reply", text: "here it is", key: "key-1.text" },
  ]);
});

test("drafts are kept by ticket over a reload, and an empty one is none", () => {
  const storage = memory();
  new Drafts(storage, 1).write(12, { text: "half a", isNote: true, canned: null });
  expect(new Drafts(storage, 1).read(12)).toEqual({ text: "half a", isNote: true, canned: null });
  expect(new Drafts(storage, 2).read(12)).toEqual(noDraft);
  new Drafts(storage, 1).write(12, noDraft);
  expect(storage.kept.size).toBe(0);
  storage.kept.set("switchboard.draft.1.13", "{no json");
  expect(new Drafts(storage, 1).read(13)).toEqual(noDraft);
});
