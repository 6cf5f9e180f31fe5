import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { chromiumPath, openBrowser, openPage, picturesFolder, seriousFaults, type WatchedPage } from "./browser.js";

const path = chromiumPath();

describe.skipIf(path === null)("an admin in the browser", { timeout: 240_000 }, () => {
  let system: RunningSystem;
  let browser: Browser;
  let admin: WatchedPage;
  let pictures: string;

  beforeAll(async () => {
    system = await startRunningSystem();
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
