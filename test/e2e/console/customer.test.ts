import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";
import { chromiumPath, openBrowser, openPage, picturesFolder, seriousFaults, type WatchedPage } from "./browser.js";

const path = chromiumPath();
/** A picture of one point. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

describe.skipIf(path === null)("a customer on the chat page", { timeout: 240_000 }, () => {
  let system: RunningSystem;
  let browser: Browser;
  let customer: WatchedPage;
  let agent: WatchedPage;
  let pictures: string;

  beforeAll(async () => {
    system = await startRunningSystem();
    pictures = picturesFolder();
    browser = await openBrowser(path ?? "");
    customer = await openPage(browser, 1100);
    agent = await openPage(browser);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  }, 60_000);

  const write = async (text: string) => {
    await customer.page.getByLabel("Write a message …").fill(text);
    await customer.page.keyboard.press("Enter");
  };

  it("signs up, asks the bot, asks for a person, uploads a file; an agent answers; each sees the other at once", async () => {
    const { page } = customer;
    await page.goto(`${system.api}/chat`);
    await page.getByLabel("Your name").fill("Cora Bell");
    await page.getByLabel("E-mail").fill("cora@example.test");
    await page.getByLabel("Password").fill("a long password");
    await page.screenshot({ path: join(pictures, "chat-sign-up.png") });
    await page.getByRole("button", { name: "Make an account" }).click();
    await page.getByText("You have not asked anything yet.").waitFor();
    await page.screenshot({ path: join(pictures, "chat-new.png") });
    await write("What are your opening hours?");
    await page.locator(".bubbles.bot .bubble").first().waitFor({ timeout: 20_000 });
    await page.locator(".case-top .case-state.bot").waitFor();
    await write("I want to talk to a real person, please");
    await page.locator(".case-top .case-state.waiting").waitFor({ timeout: 20_000 });

    const conversationId = Number((await page.evaluate<string>("location.hash")).match(/\d+/)?.[0]);
    const seen = await fetch(`${system.api}/api/chat/conversations/${conversationId}/`);
    const { ticket_id: ticketId } = (await seen.json()) as { ticket_id: number };

    const desk = agent.page;
    await desk.goto(system.api);
    await desk.getByRole("button", { name: "Sign in as Agent 3" }).click();
    await desk.getByText("15 of 15").waitFor();
    await desk.getByRole("button", { name: /account of/ }).click();
    await desk.getByRole("menuitem", { name: "Away" }).click();
    await desk.locator(".me .dot.away").waitFor();
    await desk.goto(`${system.api}/#/tickets/${ticketId}`);
    await desk.locator(".ticket-title").getByText("Cora Bell").waitFor();
    // It may have been pushed already; else one is released, and it is claimed.
    if ((await desk.locator(".standing").textContent()) === "Waiting") {
      await desk.goto(`${system.api}/#/`);
      await desk.locator(".row").first().click();
      await desk.getByRole("button", { name: "More" }).click();
      await desk.getByRole("menuitem", { name: /^Release/ }).click();
      await desk.getByText("Released: it waits again").waitFor();
      await desk.goto(`${system.api}/#/tickets/${ticketId}`);
      await desk.getByRole("button", { name: "Claim", exact: true }).click();
    }
    await desk.locator(".standing.in_progress").getByText("Yours").waitFor();
    await page.locator(".case-top .case-state.answered").waitFor();

    const file = join(system.dataDir, "receipt.png");
    writeFileSync(file, png);
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByText("receipt.png").waitFor();
    await write("Here is my receipt");
    await desk.locator(".bubbles.customer").getByText("Here is my receipt").waitFor();
    const picture = desk.locator(".bubbles.customer .picture img");
    await until(
      () => picture.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth === 1),
      "the picture",
    );

    await desk.getByLabel("Reply", { exact: true }).pressSequentially("Thank you, **it is on its way**");
    await page.getByText("Agent 3 is typing").waitFor();
    await desk.getByLabel("Reply", { exact: true }).press("Control+Shift+Enter");
    await page.locator(".bubbles.agent strong").getByText("it is on its way").waitFor();
    // The customer has read it: the agent sees that.
    await desk.locator(".bubbles.agent .receipt.read").waitFor();
    await desk.screenshot({ path: join(pictures, "ticket-with-customer.png") });
    await page.screenshot({ path: join(pictures, "chat-case.png") });
  });

  it("what is said without a connection goes out when it is back, once", async () => {
    const { page } = customer;
    for (const pid of system.pids("relay")) process.kill(pid, "SIGKILL");
    await write("Are you still there?");
    await agent.page.locator(".bubbles.customer").getByText("Are you still there?").waitFor({ timeout: 30_000 });
    await page.locator(".outgoing").waitFor({ state: "detached" });
    expect(await page.getByText("Are you still there?").count()).toBe(1);
    expect(await agent.page.locator(".bubble").getByText("Are you still there?").count()).toBe(1);
  });

  it("the agent closes it: the customer is told, here and in the list", async () => {
    await agent.page.getByLabel("Reply", { exact: true }).fill("We are. Good bye!");
    await agent.page.getByLabel("Reply", { exact: true }).press("Control+Enter");
    await customer.page.locator(".case-top .case-state.closed").waitFor();
    await customer.page.locator(".cases .case-state.closed").waitFor();
  });

  it("axe finds nothing serious, in light, dark and phone width; no page failed", async () => {
    const { page } = customer;
    const found: string[] = [];
    for (const width of [1100, 390]) {
      await page.setViewportSize({ width, height: 820 });
      for (const hash of ["#/", "#/new", await page.evaluate<string>("document.querySelector('.cases li a').hash")]) {
        await page.goto(`${system.api}/chat${hash}`);
        await page.locator(hash === "#/" ? ".cases" : ".composer").waitFor();
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          for (const fault of await seriousFaults(page)) found.push(`${hash} ${width} ${colorScheme}: ${fault}`);
          const name = hash === "#/" ? "list" : hash === "#/new" ? "new" : "case";
          await page.screenshot({ path: join(pictures, `chat-${name}-${width}-${colorScheme}.png`) });
        }
      }
    }
    expect(found).toEqual([]);
    expect([...customer.faults, ...agent.faults]).toEqual([]);
  });
});
