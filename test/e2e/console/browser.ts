import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { findChromium } from "../../../cli/bench/console/find-chromium.js";

/** Debian's Chromium; installed where it is missing and we may; null: there is none. */
export function chromiumPath(): string | null {
  const there = findChromium();
  if (there) return there;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync("/usr/bin/apt-get")) {
    spawnSync("apt-get", ["update"], { stdio: "ignore" });
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], { stdio: "ignore" });
  }
  const path = findChromium() ?? null;
  if (path === null) console.warn("SKIPPED: no Chromium on this machine, so the console is not driven");
  return path;
}

export function openBrowser(executablePath: string): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run", ...quiet] });
}

/** What a page said that it should not have: errors, and refusals of its own security policy. */
export interface WatchedPage {
  page: Page;
  context: BrowserContext;
  faults: string[];
}

export async function openPage(browser: Browser, width = 1360): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width, height: 820 } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    // A refusal that the page shows in its own words, or a connection that is lost, is no fault of the page.
    if (message.type() === "error" && !/Failed to load resource|WebSocket connection/.test(message.text())) {
      faults.push(message.text());
    }
  });
  return { page, context, faults };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds on the page as it stands, or in the part of it that a selector names, serious or worse. */
export async function seriousFaults(page: Page, part?: string): Promise<string[]> {
  const where = part === undefined ? "document" : JSON.stringify({ include: [[part]] });
  const found = (await page.evaluate(`${axe};axe.run(${where}, { resultTypes: ["violations"] }).then((r) =>
    r.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")))`)) as string[];
  return found;
}

/** Where the pictures go: `PICTURES`, or a temporary folder that is named. */
export function picturesFolder(): string {
  const folder = process.env.PICTURES ?? mkdtempSync(join(tmpdir(), "switchboard-pictures-"));
  console.log(`pictures: ${folder}`);
  return folder;
}
