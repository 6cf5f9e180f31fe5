import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WidgetDesk } from "../../../../src/console/widget/widget-desk.js";
import { DeskOfOne } from "./desk-of-one.js";

let one: DeskOfOne;
const opened: WidgetDesk[] = [];
function load(...given: Parameters<DeskOfOne["load"]>): WidgetDesk {
  const widget = one.load(...given);
  opened.push(widget);
  return widget;
}
const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  one = new DeskOfOne();
});
afterEach(() => {
  for (const widget of opened.splice(0)) widget.talk?.stop();
  vi.useRealTimers();
});

it("asks the desk for nothing on a page where nobody ever wrote, until it is opened", async () => {
  const widget = load();
  widget.start();
  await settle(60_000);
  expect(one.paths()).toEqual([]);
  widget.open();
  await settle();
  expect(one.paths().sort()).toEqual(["/api/auth/guest/", "/api/bot-prompts/", "/api/chat/conversations/"]);
  expect(widget.desk?.prompts).toHaveLength(1);
  expect(one.told).toEqual([]);
});

it("opens a conversation with what is said first, and tells of it", async () => {
  const widget = load();
  widget.open();
  widget.say("Hello", null);
  expect(widget.opening.map(({ text }) => text)).toEqual(["Hello"]);
  await settle();
  expect(one.cases.map(({ texts }) => texts)).toEqual([["Hello"]]);
  expect([widget.conversationId, one.told, widget.opening]).toEqual([100, [100], []]);
});

it("on the next page it goes on where it was, as the same guest", async () => {
  const first = load();
  first.open();
  first.say("Hello", null);
  await settle();
  first.talk?.stop();
  one.calls.length = 0;
  const widget = load();
  widget.start();
  await settle();
  expect(one.paths()).toContain("/api/auth/refresh/");
  expect(one.paths()).not.toContain("/api/auth/guest/");
  expect([widget.conversationId, one.told]).toEqual([100, [100, 100]]);
});

it("keeps what is said while the desk is away, over a reload, in order, and opens one conversation with it", async () => {
  one.isAway = true;
  const first = load();
  first.open();
  first.say("One", null);
  first.say("Two", null);
  await settle(500);
  expect([one.refused, first.fault?.isPassing]).toEqual([[false], true]);
  vi.clearAllTimers();
  const widget = load();
  widget.start();
  expect(widget.opening.map(({ text }) => text)).toEqual(["One", "Two"]);
  one.isAway = false;
  widget.reconnectNow();
  await settle(2000);
  expect(one.cases.map(({ texts }) => texts)).toEqual([["One"]]);
  expect(widget.talk?.pending.map(({ text }) => text)).toEqual(["Two"]);
  expect([widget.opening, widget.fault]).toEqual([[], null]);
});

it("whose answer was lost is said again with its key, and is one conversation", async () => {
  const widget = load();
  widget.open();
  await settle();
  let isLost = true;
  one.refuses = (path) =>
    path === "/api/user-response/" && isLost ? { status: 503, body: { status: "unavailable" } } : null;
  widget.say("Hello", null);
  await settle();
  expect([widget.conversationId, widget.opening.length]).toEqual([null, 1]);
  isLost = false;
  await settle(2000);
  const asked = one.calls.filter(({ path }) => path === "/api/user-response/").map(({ body }) => body.client_id);
  expect(asked).toHaveLength(2);
  expect(new Set(asked).size).toBe(1);
  expect(widget.conversationId).toBe(100);
});

it("what the desk would not have stays, with its reason, until it is taken back", async () => {
  const widget = load();
  widget.open();
  await settle();
  one.refuses = (path) =>
    path === "/api/user-response/"
      ? { status: 400, body: { status: "invalid_body", detail: "It is too long." } }
      : null;
  widget.say("Hello", null);
  await settle(60_000);
  expect(widget.opening.map(({ refusal }) => refusal)).toEqual(["It is too long."]);
  expect(one.paths().filter((path) => path === "/api/user-response/")).toHaveLength(1);
  widget.discard(widget.opening[0]?.key ?? "");
  expect(widget.opening).toEqual([]);
});

it("asks for an account where the desk takes no guests, and then says what was said before", async () => {
  one.refuses = (path) =>
    path === "/api/auth/guest/" ? { status: 403, body: { status: "registration_closed", detail: "Closed." } } : null;
  const widget = load();
  widget.open();
  await settle();
  expect([widget.view, one.paths()]).toEqual(["account", ["/api/auth/guest/"]]);
  await widget.signIn("cora@example.test", "long enough");
  await settle();
  expect([widget.view, widget.fault, widget.desk !== null]).toEqual(["talk", null, true]);
});

it("whose session is over is another guest, and is not told of the conversation of before", async () => {
  const first = load();
  first.open();
  first.say("Hello", null);
  await settle();
  first.talk?.stop();
  one.cases.length = 0;
  one.refuses = (path) => (path === "/api/auth/refresh/" ? { status: 401, body: { status: "unauthorized" } } : null);
  const widget = load();
  widget.start();
  await settle();
  expect(one.paths().filter((path) => path === "/api/auth/guest/")).toHaveLength(2);
  expect([widget.conversationId, one.told]).toEqual([null, [100]]);
});

it("with the page's own token nobody signs in or out; one that is refused is asked for anew", async () => {
  let asked = 0;
  const widget = load(async () => `page-${++asked}`);
  expect(widget.entrance.isPages).toBe(true);
  let isFirst = true;
  one.refuses = (path) => {
    if (path !== "/api/bot-prompts/" || !isFirst) return null;
    isFirst = false;
    return { status: 401, body: { status: "unauthorized" } };
  };
  widget.open();
  widget.say("Hello", null);
  await settle();
  expect(one.paths().filter((path) => path.startsWith("/api/auth/"))).toEqual([]);
  expect(one.calls.every(({ token }) => token?.startsWith("Bearer page-"))).toBe(true);
  expect(widget.conversationId).toBe(100);
});

it("forgets who wrote here when it is told to", async () => {
  const widget = load();
  widget.open();
  widget.say("Hello", null);
  await settle();
  await widget.signOut();
  expect([...one.storage.kept.keys()]).toEqual([]);
  expect([widget.isOpen, widget.conversationId, one.told]).toEqual([false, null, [100, null]]);
  expect(one.paths()).toContain("/api/auth/logout/");
});
