import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";
import { chromiumPath, openBrowser, openPage, picturesFolder, seriousFaults, type WatchedPage } from "./browser.js";

const path = chromiumPath();

describe.skipIf(path === null)("two agents in their browsers", { timeout: 240_000 }, () => {
  let system: RunningSystem;
  let browser: Browser;
  let one: WatchedPage;
  let two: WatchedPage;
  let pictures: string;

  beforeAll(async () => {
    system = await startRunningSystem();
    pictures = picturesFolder();
    browser = await openBrowser(path ?? "");
    one = await openPage(browser);
    two = await openPage(browser);
    await signIn(one.page, "Agent 1");
    await signIn(two.page, "Agent 2");
    // Both are full of pushed work. From here on nothing is pushed; each puts one aside, and so can claim.
    for (const { page } of [one, two]) await page.getByText("15 of 15").waitFor();
    for (const { page } of [one, two]) await setAvailability(page, "Away");
    for (const { page } of [one, two]) {
      await page.locator(".row").first().click();
      await page.getByRole("button", { name: "Snooze" }).click();
      await page.getByRole("menuitem", { name: "Until tomorrow, 9:00" }).click();
      await page.getByText("14 of 15").waitFor();
    }
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  }, 60_000);

  async function signIn(page: Page, name: string) {
    await page.goto(system.api);
    await page.getByRole("button", { name: `Sign in as ${name}` }).click();
    await page.locator(".row").first().waitFor();
  }
  async function setAvailability(page: Page, availability: string) {
    await page.getByRole("button", { name: /account of/ }).click();
    await page.getByRole("menuitem", { name: availability, exact: true }).click();
    await page.locator(`.me .dot.${availability.toLowerCase()}`).waitFor();
  }
  const say = async (userId: string, body: string) => {
    const answer = await fetch(`${system.api}/api/messages/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id: userId, body }),
    });
    return ((await answer.json()) as { id: number }).id;
  };
  const open = (page: Page, id: number) => page.goto(`${system.api}/#/tickets/${id}`);

  it("race for one ticket: one has it, the other is told who, and keeps its draft", async () => {
    const id = await say("racer", "Where is my refund? It is urgent");
    for (const { page } of [one, two]) {
      await open(page, id);
      await page.getByRole("button", { name: /^Claim, send/ }).waitFor();
      await page.getByLabel("Reply", { exact: true }).fill("I will look into it.");
    }
    await Promise.all(
      [one, two].map(({ page }) => page.getByLabel("Reply", { exact: true }).press("Control+Shift+Enter")),
    );
    const lost = [one, two].map(({ page }) => page.getByText(/was faster and has this ticket now/));
    const winner = await until(async () => {
      const counts = await Promise.all(lost.map((notice) => notice.count()));
      return counts.reduce((sum, count) => sum + count, 0) === 1 ? counts.indexOf(0) : null;
    }, "one of them lost");
    const [won, gone] = winner === 0 ? [one, two] : [two, one];
    expect(await gone.page.getByLabel("Reply", { exact: true }).inputValue()).toBe("I will look into it.");
    await gone.page.getByText(`Agent ${winner + 1} was faster`).waitFor();
    await gone.page.screenshot({ path: join(pictures, "lost-claim.png") });
    await won.page.locator(".bubbles.agent:not(.outgoing)").getByText("I will look into it.").waitFor();
    // The loser sees the words of the winner as well, without asking.
    await gone.page.locator(".bubbles.agent").getByText("I will look into it.").waitFor();
    // A draft outlives a reload.
    await gone.page.reload();
    await gone.page.getByLabel("Reply", { exact: true }).waitFor();
    expect(await gone.page.getByLabel("Reply", { exact: true }).inputValue()).toBe("I will look into it.");
    // Who has it closes it: both see it.
    await won.page.getByLabel("Reply", { exact: true }).fill("It was sent today.");
    await won.page.getByLabel("Reply", { exact: true }).press("Control+Enter");
    for (const { page } of [one, two]) await page.locator(".standing.closed").waitFor();
    for (const { page } of [one, two]) await page.locator(".bubbles.agent").getByText("It was sent today.").waitFor();
  });

  it("the relay is killed and comes back: what was sent meanwhile is there, nothing twice", async () => {
    const id = await say("patient", "My card does not work");
    await open(one.page, id);
    await one.page.locator(".bubble").getByText("My card does not work").waitFor();
    const more = async (text: string) => {
      const answer = await fetch(`${system.api}/api/messages/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user_id: "patient", body: text, reply_to: id }),
      });
      expect(answer.status).toBe(201);
    };
    const texts = Array.from({ length: 12 }, (_, index) => `and also this, number ${index + 1}.`);
    for (const [index, text] of texts.entries()) {
      if (index === 3) for (const pid of system.pids("relay")) process.kill(pid, "SIGKILL");
      await more(text);
    }
    const bubbles = one.page.locator(".bubble .prose");
    await until(async () => (await bubbles.count()) === texts.length + 1, "all that was said", 30_000);
    const shown = await bubbles.allTextContents();
    expect(shown.map((text) => text.trim())).toEqual(["My card does not work", ...texts]);
    // The other one's inbox shows it too.
    await two.page.goto(`${system.api}/#/`);
    await two.page.getByRole("searchbox").fill("card does not work");
    await two.page.locator(`#row-${id}`).waitFor();
  });

  it("a stale reply is not sent: it shows what came in, and can be sent all the same", async () => {
    await one.page.goto(`${system.api}/#/`);
    await one.page.locator(".row").first().click();
    await one.page.locator(".standing.in_progress").waitFor();
    const href = await one.page.evaluate("location.hash");
    const id = Number(String(href).split("/").at(-1));
    // What is said offline carries the version that was seen then.
    await one.context.setOffline(true);
    await one.page.getByLabel("Reply", { exact: true }).fill("Done, thank you.");
    await one.page.getByLabel("Reply", { exact: true }).press("Control+Enter");
    await one.page.getByText("This computer is offline").waitFor();
    await one.page.getByText("Waits for the connection").waitFor();
    const customer = await fetch(`${system.api}/api/messages/${id}/`);
    const { user_id: userId } = (await customer.json()) as { user_id: string };
    await fetch(`${system.api}/api/messages/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id: userId, body: "Wait, one more thing!", reply_to: id }),
    });
    await one.page.screenshot({ path: join(pictures, "offline.png") });
    await one.context.setOffline(false);
    await one.page.getByText("The customer wrote meanwhile").waitFor();
    await one.page.locator(".refused").getByText("Wait, one more thing!").waitFor();
    await one.page.screenshot({ path: join(pictures, "stale-reply.png") });
    await one.page.getByRole("button", { name: "Send anyway" }).click();
    await one.page.locator(".standing.closed").waitFor();
    await one.page.locator(".bubbles.agent:not(.outgoing)").getByText("Done, thank you.").waitFor();
  });

  it("changes what is known of a customer, and puts the ticket aside until a time of its own choice", async () => {
    const { page } = two;
    await page.goto(`${system.api}/#/`);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.locator(".row").first().click();
    await page.locator(".standing.in_progress").getByText("Yours").waitFor();
    await page.getByRole("button", { name: "Change what is known" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Nora Quist");
    await page.getByLabel("Phone").fill("+254 700 000 001");
    expect(await seriousFaults(page)).toEqual([]);
    await page.screenshot({ path: join(pictures, "customer-edit.png") });
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".ticket-title").getByText("Nora Quist").waitFor();
    await page.locator(".facts").getByText("+254 700 000 001").waitFor();
    await page.getByRole("button", { name: "Snooze" }).click();
    await page.getByRole("menuitem", { name: "Until …" }).click();
    await page.getByLabel("Until").fill("2001-01-01T09:00");
    await page.getByRole("dialog").getByRole("button", { name: "Snooze" }).click();
    await page.getByText("That time is over.").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.screenshot({ path: join(pictures, "snooze.png") });
    const until_ = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
    await page.getByLabel("Until").fill(`${until_}T09:00`);
    await page.getByRole("dialog").getByRole("button", { name: "Snooze" }).click();
    await page.locator(".standing").getByText("Snoozed until").waitFor();
  });

  it("every screen: axe finds nothing serious, in light, dark and phone width", async () => {
    const { page } = two;
    await page.goto(`${system.api}/#/`);
    const found: string[] = [];
    const look = async (name: string) => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        for (const fault of await seriousFaults(page)) found.push(`${name} ${colorScheme}: ${fault}`);
        await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`) });
      }
    };
    for (const [size, width] of [
      ["wide", 1360],
      ["phone", 390],
    ] as const) {
      await page.setViewportSize({ width, height: 820 });
      await page.goto(`${system.api}/#/`);
      await page.locator(".row").first().waitFor();
      await look(`inbox-${size}`);
      await page.locator(".row").first().click();
      await page.locator(".bubble").first().waitFor();
      await look(`ticket-${size}`);
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
      await look(`keys-${size}`);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("Control+k");
      await page.getByRole("option").first().waitFor();
      await look(`commands-${size}`);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("t");
      await page.getByRole("option").first().waitFor();
      await look(`transfer-${size}`);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      for (const [item, field] of [
        ["Open a dispute …", "Subject"],
        ["Ask for a payment …", "Currency"],
      ] as const) {
        await page.getByRole("button", { name: "More", exact: true }).click();
        await page.getByRole("menuitem", { name: item }).click();
        await page.getByRole("dialog").getByLabel(field).waitFor();
        await look(`${field.toLowerCase()}-${size}`);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      }
      await page.goto(`${system.api}/#/supervisor`);
      await page.getByText("Waiting by level").waitFor();
      await page.getByText("Deliver: replies and webhooks").waitFor();
      await look(`supervisor-${size}`);
    }
    await page.setViewportSize({ width: 1360, height: 820 });
    await page.getByRole("button", { name: /account of/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in as Agent 2" }).waitFor();
    await look("sign-in");
    expect(found).toEqual([]);
  });

  it("no page failed, and none asked for what its policy refuses", () => {
    expect([...one.faults, ...two.faults]).toEqual([]);
  });
});
