import { createServer, type Server } from "node:http";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../support/free-port.js";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";
import { chromiumPath, openBrowser, openPage, picturesFolder, seriousFaults, type WatchedPage } from "./browser.js";

const path = chromiumPath();

describe.skipIf(path === null)("an admin in the browser", { timeout: 240_000 }, () => {
  let system: RunningSystem;
  let browser: Browser;
  let admin: WatchedPage;
  let pictures: string;
  let receiver: Server;
  let hook: string;
  let isBroken = false;
  const received: unknown[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      request.resume();
      received.push(request.headers["webhook-id"]);
      response.writeHead(isBroken ? 400 : 204).end();
    });
    const port = await freePort();
    receiver.listen(port, "127.0.0.1");
    hook = `http://127.0.0.1:${port}/hook`;
    system = await startRunningSystem({ env: { OUTBOUND_ALLOW: "127.0.0.1" } });
    pictures = picturesFolder();
    browser = await openBrowser(path ?? "");
    admin = await openPage(browser);
    await admin.page.goto(system.api);
    await admin.page.getByRole("button", { name: "Sign in as Admin" }).click();
    await admin.page.getByRole("link", { name: "Admin", exact: true }).click();
    await admin.page.getByRole("heading", { name: "Agents" }).waitFor();
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    receiver?.closeAllConnections();
    receiver?.close();
  }, 60_000);

  const goTo = async (part: string, heading: string) => {
    await admin.page.goto(`${system.api}/#/admin/${part}`);
    await admin.page.getByRole("heading", { name: heading, level: 2 }).waitFor();
    await admin.page.locator("tbody tr, .list-text").first().waitFor();
  };

  it("makes, changes and deletes; what the desk refuses is said beside its field", async () => {
    const { page } = admin;
    await goTo("canned", "Canned replies");
    await page.getByRole("button", { name: "Add" }).click();
    await page.locator("[name=title]").fill("Good morning");
    await page.locator("[name=shortcut]").fill("morning");
    await page.locator("[name=text]").fill("Good morning, {{customer.name}}.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("cell", { name: "Good morning", exact: true }).waitFor();
    await page.getByRole("button", { name: "Edit Good morning" }).click();
    await page.locator("[name=title]").fill("Good evening");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("cell", { name: "Good evening", exact: true }).waitFor();
    await page.getByRole("button", { name: "Delete Good evening" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("cell", { name: "Good evening", exact: true }).waitFor({ state: "detached" });

    await goTo("agents", "Agents");
    await page.getByRole("button", { name: "Add" }).click();
    await page.locator("[name=name]").fill("Ann");
    await page.locator("[name=email]").fill("ann@example.test");
    await page.locator("[name=password]").fill("short");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("has fewer than 8 characters").first().waitFor();
    await page.screenshot({ path: join(pictures, "admin-refused.png") });
    await page.locator("[name=password]").fill("long enough");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("cell", { name: "ann@example.test" }).waitFor();

    await goTo("api-keys", "API keys");
    await page.getByRole("button", { name: "Add" }).click();
    await page.locator("[name=name]").fill("Import");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("textbox", { name: "The key" }).waitFor();
    expect((await page.getByRole("textbox", { name: "The key" }).inputValue()).length).toBeGreaterThan(20);
    await page.keyboard.press("Escape");

    await goTo("audit", "Audit");
    await page
      .getByRole("cell", { name: /canned/ })
      .first()
      .waitFor();
  });

  it("makes a webhook, tests it, gives it a new secret, sees what was sent, sends again what it missed", async () => {
    const { page } = admin;
    await goTo("webhooks", "Webhooks");
    await page.getByRole("button", { name: "Add" }).click();
    await page.locator("[name=name]").fill("The shop");
    await page.locator("[name=url]").fill(hook);
    await page.locator("[name=events]").fill("message_new, nonsense");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").waitFor();
    await page.locator("[name=events]").fill("message_new");
    await page.getByRole("button", { name: "Save" }).click();
    const secret = page.getByRole("textbox", { name: "The key" });
    await secret.waitFor();
    const first = await secret.inputValue();
    expect(first).toMatch(/^whsec_/);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Open The shop" }).click();
    await page.getByRole("heading", { name: "The shop" }).waitFor();
    await page.getByRole("button", { name: "Send a test" }).click();
    await until(() => received.length > 0, "the test");
    await page.getByRole("button", { name: "New secret" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "New secret" }).click();
    await secret.waitFor();
    expect(await secret.inputValue()).not.toBe(first);
    await page.keyboard.press("Escape");

    const before = received.length;
    await fetch(`${system.api}/api/messages/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ user_id: "U001", body: "Where is my loan?" }),
    });
    await until(() => received.length > before, "the event");
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("cell", { name: "message_new" }).first().waitFor();
    await page.getByRole("button", { name: "Send again" }).click();
    await page.locator("[name=since]").fill("0");
    await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
    await page.getByText(/events? (is|are) sent again/).waitFor();
    await until(() => received.filter((id) => id === received[before]).length > 1, "the same event with the same id");
    await page.screenshot({ path: join(pictures, "admin-webhook.png") });
  });

  it("finds a dead letter, sees why, and has it tried again", async () => {
    const { page } = admin;
    isBroken = true;
    await page.getByRole("button", { name: "Send a test" }).click();
    await until(async () => {
      await page.getByRole("button", { name: "Refresh" }).click();
      return (await page.locator(".delivery.failed").count()) > 0;
    }, "the dead letter");
    await goTo("deliveries", "Deliveries");
    await page.getByLabel("Status").selectOption("failed");
    await page.locator(".delivery.failed").first().waitFor();
    await page
      .getByRole("button", { name: /^Open Delivery/ })
      .first()
      .click();
    await page.getByRole("dialog").getByText("Answered").first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.screenshot({ path: join(pictures, "admin-delivery.png") });
    await page.keyboard.press("Escape");
    isBroken = false;
    const before = received.length;
    await page
      .getByRole("button", { name: /^Try again Delivery/ })
      .first()
      .click();
    await page.getByText("It is due now, with its tries anew").waitFor();
    await until(() => received.length > before, "another try");
  });

  it("reads what was said in a conversation", async () => {
    const { page } = admin;
    await goTo("conversations", "Conversations");
    await page.getByRole("link", { name: /^Open/ }).first().click();
    await page.getByText("Where is my loan?").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.screenshot({ path: join(pictures, "admin-conversation.png") });
  });

  it("axe finds nothing serious on any part, in light, dark and phone width; no page failed", async () => {
    const { page } = admin;
    const found: string[] = [];
    for (const width of [1360, 390]) {
      await page.setViewportSize({ width, height: 820 });
      for (const [part, heading] of [
        ["agents", "Agents"],
        ["users", "Users"],
        ["queues", "Queues"],
        ["canned", "Canned replies"],
        ["prompts", "Prompts"],
        ["api-keys", "API keys"],
        ["webhooks", "Webhooks"],
        ["conversations", "Conversations"],
        ["deliveries", "Deliveries"],
        ["audit", "Audit"],
      ] as const) {
        await goTo(part, heading);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          for (const fault of await seriousFaults(page)) found.push(`${part} ${width} ${colorScheme}: ${fault}`);
          await page.screenshot({ path: join(pictures, `admin-${part}-${width}-${colorScheme}.png`) });
        }
      }
    }
    expect(found).toEqual([]);
    expect(admin.faults).toEqual([]);
  });
});
