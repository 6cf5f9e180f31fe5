import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";
import { chromiumPath, openBrowser, openPage, picturesFolder, seriousFaults, type WatchedPage } from "./browser.js";
import { type ForeignSite, startForeignSite } from "./foreign-site.js";

const path = chromiumPath();
/** A picture of one point. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const agentId = 5;
const widget = "switchboard-widget";

describe.skipIf(path === null)("the widget on a page of another site", { timeout: 240_000 }, () => {
  let system: RunningSystem;
  let shop: ForeignSite;
  let stranger: ForeignSite;
  let browser: Browser;
  let customer: WatchedPage;
  let pictures: string;
  let ticketId: number;
  let conversationId: number;

  beforeAll(async () => {
    const [known, unknown] = [
      await startForeignSite('data-on-conversation-change="shop.changed"'),
      await startForeignSite(),
    ];
    system = await startRunningSystem({
      env: { CORS_ORIGINS: known.origin, WEBSOCKET_ALLOWED_ORIGINS: known.origin },
    });
    for (const site of [known, unknown]) site.showsWidgetOf(system.api);
    [shop, stranger] = [known, unknown];
    pictures = picturesFolder();
    browser = await openBrowser(path ?? "");
    customer = await openPage(browser, 1100);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await Promise.all([shop?.stop(), stranger?.stop(), system?.stop()]);
  }, 60_000);

  const call = async (method: string, way: string, body?: unknown) => {
    const sent = { method, headers: { "content-type": "application/json" } };
    const answer = await fetch(
      `${system.api}${way}`,
      body === undefined ? sent : { ...sent, body: JSON.stringify(body) },
    );
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${way}: ${answer.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  };
  const reply = (text: string, keepOpen = true) =>
    call("POST", `/api/messages/${ticketId}/reply/`, { agent_id: agentId, text, keep_open: keepOpen });
  const said = async () =>
    (await call("GET", `/api/chat/threads/${conversationId}/messages/`)).results as { text: string; status: string }[];
  const write = async (page: Page, text: string) => {
    await page.getByLabel("Write a message …").fill(text);
    await page.keyboard.press("Enter");
  };
  const kept = async (page: Page, name: string) => page.evaluate<unknown[]>(`window.${name}`);

  it("looks as it is meant to under style sheets that mean ill, and asks the desk for nothing before it is opened", async () => {
    const { page } = customer;
    const asked: string[] = [];
    page.on("request", (request) => request.url().includes("/api/") && asked.push(request.url()));
    await page.goto(`${shop.origin}/with-hostile-styles`);
    const launcher = page.getByRole("button", { name: "Open the chat" });
    await launcher.waitFor();
    expect(asked).toEqual([]);
    expect(await launcher.boundingBox()).toEqual({ x: 1100 - 76, y: 820 - 76, width: 56, height: 56 });
    await launcher.click();
    await page.getByText("How can we help?").waitFor();
    await page.getByRole("dialog", { name: "CRM Assistant" }).waitFor();
    const styles = await page.evaluate(`(() => {
      const panel = document.querySelector("${widget}").shadowRoot.querySelector(".panel");
      const { width, height, color, fontSize, visibility, backgroundColor } = getComputedStyle(panel);
      return { width, height, color, fontSize, visibility, backgroundColor };
    })()`);
    expect(styles).toEqual({
      width: "380px",
      height: "620px",
      color: "rgb(23, 26, 33)",
      fontSize: "14px",
      visibility: "visible",
      backgroundColor: "rgb(244, 245, 247)",
    });
    expect(await seriousFaults(page, widget)).toEqual([]);
    await page.screenshot({ path: join(pictures, "widget-hostile.png") });
  });

  it("a guest asks the bot by a prompt, then a person, with an upload; each sees the other at once; the page is told", async () => {
    const { page } = customer;
    await page.goto(shop.origin);
    await page.getByRole("button", { name: "Open the chat" }).click();
    await page.screenshot({ path: join(pictures, "widget-greeting.png") });
    expect(await kept(page, "told")).toEqual([]);
    await page.getByRole("button", { name: "Repaying" }).click();
    await page.locator(".bubbles.bot .bubble").first().waitFor({ timeout: 20_000 });
    await page.locator(".head").getByText("Answers at once").waitFor();
    const told = (await kept(page, "told")) as number[];
    expect([told.length, await kept(page, "toldByName")]).toEqual([1, told]);
    conversationId = Number(told[0]);
    // The page's own keys are not pressed by who writes in the widget.
    await page.getByLabel("Write a message …").pressSequentially("I want to talk to a real person, please");
    expect(await page.evaluate("window.keys")).toBe(0);
    await page.keyboard.press("Enter");
    await page.locator(".head").getByText("You wait for a person").waitFor({ timeout: 20_000 });

    ticketId = Number((await call("GET", `/api/chat/conversations/${conversationId}/`)).ticket_id);
    const held = await call("GET", `/api/messages/?assigned_to=${agentId}&status=in_progress`);
    for (const { id } of (held.results as { id: number }[]).slice(0, 1)) {
      await call("POST", `/api/messages/${id}/release/`, { agent_id: agentId });
    }
    await call("POST", `/api/messages/${ticketId}/claim/`, { agent_id: agentId });
    await page.locator(".head").getByText("Agent 5 answers you").waitFor();

    const file = join(system.dataDir, "receipt.png");
    writeFileSync(file, png);
    await page.locator("input[type=file]").setInputFiles(file);
    await page.locator(".chosen").getByText("receipt.png").waitFor();
    await write(page, "Here is my **receipt**");
    const picture = page.locator(".bubbles.customer .picture img");
    await until(
      () => picture.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth === 1),
      "the picture, of which the page's policy allows the bytes alone",
    );
    await page.locator(".bubbles.customer strong").getByText("receipt").waitFor();
    await call("POST", "/api/chat/typing/", { agent_id: agentId, conversation_id: conversationId, is_typing: true });
    await page.getByText("Agent 5 is typing").waitFor();
    await reply("Thank you, it is on its way:\n\n- tomorrow\n- **before noon**");
    await page.locator(".bubbles.agent li strong").getByText("before noon").waitFor();
    await until(async () => (await said()).at(-1)?.status === "read", "the customer's receipt");
    await call("POST", `/api/chat/threads/${conversationId}/mark-read/`, { agent_id: agentId });
    await page.locator(".bubbles.customer .receipt.read").last().waitFor();
    await page.screenshot({ path: join(pictures, "widget-talk.png") });
  });

  it("closed it counts what comes; reloaded it goes on where it was; Escape closes it and gives the focus back", async () => {
    const { page } = customer;
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    // The focus is given back a moment after the dialog is gone.
    await page.waitForFunction(`document.activeElement.shadowRoot?.activeElement?.className === "launcher"`);
    await reply("Are you there?");
    await page.getByRole("button", { name: "Open the chat, 1 new message" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Open the chat, 1 new message" }).waitFor();
    expect(await kept(page, "told")).toEqual([conversationId]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("Are you there?").waitFor();
    await until(async () => (await said()).at(-1)?.status === "read", "the customer's receipt");
  });

  it("what is said while the desk is away is kept over a reload, and there once when it is back", async () => {
    const { page } = customer;
    const isCall = /\/api\//;
    await page.route(isCall, (route) => route.abort());
    await page.routeWebSocket(/\/ws\//, (socket) => socket.close());
    await page.reload();
    await page.getByRole("button", { name: "Open the chat" }).click();
    await write(page, "Said while you were away");
    await page.locator(".pending").getByText("Waits for the connection").waitFor();
    await page.getByText("We cannot be reached just now").waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Open the chat" }).click();
    await page.locator(".pending").getByText("Said while you were away").waitFor();
    await page.screenshot({ path: join(pictures, "widget-away.png") });
    await page.unroute(isCall);
    // No socket opens yet: it goes by long polls and posts.
    await page.evaluate(`window.dispatchEvent(new Event("online"))`);
    await until(async () => (await said()).at(-1)?.text === "Said while you were away", "what was said", 30_000);
    await page.locator(".pending").waitFor({ state: "detached" });
    await reply("I see it without a socket");
    await page.getByText("I see it without a socket").waitFor({ timeout: 30_000 });
    const texts = (await said()).map(({ text }) => text);
    expect(texts.filter((text) => text === "Said while you were away")).toHaveLength(1);
    expect(await page.locator(".bubbles.customer").getByText("Said while you were away").count()).toBe(1);
  });

  it("the agent closes it: the customer is told, finds it in its list, and asks something new", async () => {
    const { page } = customer;
    await reply("Good bye!", false);
    await page.locator(".head").getByText("Closed").waitFor({ timeout: 30_000 });
    await page.getByRole("button", { name: "Your questions" }).click();
    await page.locator(".cases .state.closed").waitFor();
    await page.screenshot({ path: join(pictures, "widget-cases.png") });
    expect(await seriousFaults(page, widget)).toEqual([]);
    await page.getByRole("button", { name: "I have an account" }).click();
    await page.getByRole("button", { name: "I have no account yet" }).waitFor();
    expect(await seriousFaults(page, widget)).toEqual([]);
    await page.screenshot({ path: join(pictures, "widget-account.png") });
    await page.getByRole("button", { name: "Back to the conversation" }).click();
    await page.getByRole("button", { name: "Your questions" }).click();
    await page.getByRole("button", { name: "Ask a new question" }).click();
    await page.getByText("How can we help?").waitFor();
    expect(await kept(page, "told")).toEqual([conversationId, null]);
    await page.getByRole("button", { name: "Your questions" }).click();
    await page.locator(".cases li button").first().click();
    await page.getByText("Good bye!").waitFor();
  });

  it("is served to a page of a site that the desk does not know, and tells its console why nothing else is", async () => {
    const { page, context } = await openPage(browser, 1100);
    const warnings: string[] = [];
    page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
    await page.goto(stranger.origin);
    await page.getByRole("button", { name: "Open the chat" }).click();
    await until(() => warnings.some((text) => text.includes("CORS_ORIGINS")), "the warning");
    expect(warnings.join("\n")).toContain(`${system.api} does not take calls from ${stranger.origin}`);
    await page.getByText("We cannot be reached just now").waitFor();
    await context.close();
  });

  it("axe finds nothing serious, in light, dark and phone width; the page failed nowhere", async () => {
    const { page } = customer;
    const found: string[] = [];
    for (const width of [1100, 390]) {
      await page.setViewportSize({ width, height: 820 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        for (const fault of await seriousFaults(page, widget)) found.push(`${width} ${colorScheme}: ${fault}`);
        await page.screenshot({ path: join(pictures, `widget-${width}-${colorScheme}.png`) });
      }
    }
    expect(found).toEqual([]);
    expect(customer.faults).toEqual([]);
  });
});
