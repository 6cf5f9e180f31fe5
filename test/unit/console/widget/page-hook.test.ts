import { expect, it } from "vitest";
import { PageHook, type SwitchboardOnPage } from "../../../../src/console/widget/page-hook.js";
import type { PageSettings } from "../../../../src/console/widget/settings.js";

function hook(page: PageSettings = {}, named: () => unknown = () => undefined) {
  const faults: unknown[] = [];
  const done: string[] = [];
  const made = new PageHook({
    page,
    named,
    open: () => done.push("open"),
    close: () => done.push("close"),
    report: (error) => faults.push(error),
  });
  return { made, page: page as SwitchboardOnPage, faults, done };
}

it("tells whoever asked before, by name and later, of each change once", () => {
  const told: [string, number | null][] = [];
  const given = { onConversationChange: (id: number | null) => told.push(["before", id]) };
  const { made, page } = hook(given, () => (id: number | null) => told.push(["name", id]));
  const end = page.on("conversationchange", (id) => told.push(["on", id]));
  made.tell(7);
  made.tell(7);
  expect(told).toEqual([
    ["before", 7],
    ["name", 7],
    ["on", 7],
  ]);
  end();
  made.tell(null);
  expect(told.slice(3)).toEqual([
    ["before", null],
    ["name", null],
  ]);
  expect(page.conversationId).toBeNull();
});

it("tells who comes late of the conversation that is open already, so that nobody has to be first", () => {
  const { made, page } = hook();
  const told: unknown[] = [];
  page.onConversationChange = (id) => told.push(["early", id]);
  expect(told).toEqual([]);
  made.tell(3);
  page.onConversationChange = (id) => told.push(["set", id]);
  page.on("conversationchange", (id) => told.push(["on", id]));
  expect(told).toEqual([
    ["early", 3],
    ["set", 3],
    ["on", 3],
  ]);
  made.tell(4);
  expect(told.slice(3)).toEqual([
    ["set", 4],
    ["on", 4],
  ]);
});

it("a fault of the page is the page's, and keeps nobody else from being told", () => {
  const fault = new Error("the page's");
  const { made, page, faults, done } = hook({
    onConversationChange: () => {
      throw fault;
    },
  });
  const told: unknown[] = [];
  page.on("conversationchange", (id) => told.push(id));
  made.tell(1);
  expect([told, faults]).toEqual([[1], [fault]]);
  page.open();
  page.close();
  expect(done).toEqual(["open", "close"]);
  expect(() => page.on("other" as "conversationchange", () => undefined)).toThrow(TypeError);
});
