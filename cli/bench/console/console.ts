import { loadavg } from "node:os";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { openDatabase } from "../../../src/db/database.js";
import { loadConfig } from "../../../src/runtime/config.js";
import { Failure } from "../../failure.js";
import { note } from "../../output.js";
import type { OwnSystem } from "../../own-system.js";
import type { BenchRow } from "../row.js";
import { seedBacklog } from "../seed-backlog.js";
import { findChromium } from "./find-chromium.js";
import { type PageProbe, pageScript, type Storm } from "./page-script.js";

const tickets = 10_000;
const perSecond = 500;
const presses = 60;
const rounds = 3;
const loadWithinMs = 180_000;

/** The console in a browser: what it loads at first, what a key press takes, and its frames under a storm of updates. */
export async function benchConsole(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const browser = await openBrowser();
  if (typeof browser === "string") {
    note(`console: SKIPPED, ${browser}`);
    return [{ row: "the console in a browser", figure: `SKIPPED: ${browser}`, value: Number.NaN }];
  }
  try {
    note(`console: a desk with ${tickets} waiting tickets …`);
    const ids = await seed(system);
    const bare = await openPage(browser, "data:text/html,<title>bare</title><p>bare");
    const kept = await signIn(system);
    const context = await newContext(browser);
    await context.addInitScript(`localStorage.setItem("switchboard.session", ${JSON.stringify(kept)})`);
    const page = await context.newPage();
    const scriptBytes = countScripts(page);
    await page.goto(system.api);
    await page.locator(".row").first().waitFor();
    const firstLoad = rowOfLoad(await scriptBytes());
    note(`console: loading all ${tickets} rows …`);
    await loadAll(page);
    const keys = await pressKeys(page, bare);
    const lines = await openPage(browser, "data:text/html,<title>lines</title>");
    await lines.evaluate("benchProbe.writeLines()");
    return [firstLoad, keys, await storms({ page, bare, lines }, ids, seconds)];
  } finally {
    await browser.close();
  }
}

/** A browser, or why there is none. */
async function openBrowser(): Promise<Browser | string> {
  const executablePath = findChromium();
  if (executablePath === undefined) return "there is no Chromium on this machine";
  const playwright = await import("playwright-core").catch(() => null);
  if (!playwright) return "playwright-core is not installed";
  return playwright.chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--no-first-run"] });
}

async function newContext(browser: Browser): Promise<BrowserContext> {
  // The page's own policy allows no text as script, which is how it is asked here.
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, bypassCSP: true });
  await context.addInitScript(pageScript);
  return context;
}

async function openPage(browser: Browser, address: string): Promise<Page> {
  const page = await (await newContext(browser)).newPage();
  await page.goto(address);
  return page;
}

async function seed(system: OwnSystem): Promise<number[]> {
  const url = loadConfig({ DATA_DIR: system.dataDir }).databaseUrl;
  const db = openDatabase({ url, name: "switchboard-bench", poolMax: 2, statementTimeoutMs: 0 });
  try {
    const { ticketIds } = await seedBacklog(db, { waiting: tickets, closed: 0, agents: 1 });
    return Array.from({ length: tickets }, (_, index) => ticketIds.from + index);
  } finally {
    await db.close();
  }
}

/** The session of the desk's admin, as the console keeps it. An admin holds no tickets: the list is all that is shown. */
async function signIn({ api }: OwnSystem): Promise<string> {
  const { people } = (await (await fetch(`${api}/api/auth/demo/`)).json()) as {
    people: { id: number; role: string }[];
  };
  const admin = people.find(({ role }) => role === "admin");
  const answer = await fetch(`${api}/api/auth/demo/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user_id: admin?.id }),
  });
  const { refresh, user } = (await answer.json()) as { refresh: string; user: unknown };
  if (!answer.ok) throw new Failure(`nobody could be signed in: ${answer.status}`);
  return JSON.stringify({ refresh, user });
}

/** Counts what scripts weigh on the wire from now on; asked for, it says how many bytes they are. */
function countScripts(page: Page): () => Promise<number> {
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    if (/\.js$/.test(new URL(request.url()).pathname))
      sizes.push(request.sizes().then((size) => size.responseBodySize));
  });
  return async () => (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function rowOfLoad(bytes: number): BenchRow {
  const value = Math.round(bytes / 100) / 10;
  return {
    row: "console, script of the first load, gzipped",
    figure: `${value} kB`,
    value,
    target: "< 200 kB",
    met: value > 0 && value < 200,
  };
}

/** Scrolls on until each of the tickets is a row, then back to the top. */
async function loadAll(page: Page): Promise<void> {
  const isWhole = `(() => {
    const list = document.querySelector(".list");
    list.scrollTop = list.scrollHeight;
    return list.scrollHeight >= ${tickets} * 56;
  })()`;
  await page.waitForFunction(isWhole, undefined, { polling: 50, timeout: loadWithinMs });
  await page.evaluate(`void (document.querySelector(".list").scrollTop = 0)`);
  await page.locator("[id^=row-]").first().waitFor();
}

async function pressKeys(page: Page, bare: Page): Promise<BenchRow> {
  const times = await keyTimes(page);
  const isMoved = await page.evaluate(`document.activeElement.matches(".row")`);
  if (isMoved !== true) throw new Failure("the keys did not move the selection");
  const yardstick = await keyTimes(bare);
  const value = times.max;
  return {
    row: `console, key press to its frame, ${tickets} rows`,
    figure: `p50 ${times.p50} ms, longest ${times.max} ms`,
    value,
    yardstick: `a bare page: p50 ${yardstick.p50} ms, longest ${yardstick.max} ms`,
    yardstickValue: yardstick.max,
    target: "< 50 ms",
    met: value < 50,
    detail: { presses, ours: times, bare: yardstick },
  };
}

async function keyTimes(page: Page): Promise<{ p50: number; p95: number; max: number }> {
  await page.bringToFront();
  for (let press = 1; press <= presses; press++) {
    await page.keyboard.press("j");
    await page.waitForFunction(`benchProbe.keys.length === ${press}`);
  }
  const keys = ((await page.evaluate("benchProbe.keys")) as PageProbe["keys"]).sort((a, b) => a - b);
  const at = (part: number) => tenth(keys[Math.min(keys.length - 1, Math.floor(keys.length * part))]);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** A storm, and the CPU that the page's main thread used in it, in parts of a core. */
type MeasuredStorm = Storm & { mainThread: number };

async function storms(
  pages: Record<"page" | "bare" | "lines", Page>,
  ids: readonly number[],
  seconds: number,
): Promise<BenchRow> {
  // Nobody points at the list, as who only looks on: its rows move.
  await pages.page.evaluate("document.activeElement.blur()");
  const ours: MeasuredStorm[] = [];
  const bare: MeasuredStorm[] = [];
  const lines: MeasuredStorm[] = [];
  for (let round = 1; round <= rounds; round++) {
    note(`console: ${perSecond} updates/s, round ${round} of ${rounds} …`);
    ours.push(await storm(pages.page, ids, seconds));
    bare.push(await storm(pages.bare, ids, seconds));
    lines.push(await storm(pages.lines, ids, seconds));
  }
  return rowOfStorms(ours, bare, lines);
}

function rowOfStorms(ours: MeasuredStorm[], bare: MeasuredStorm[], lines: MeasuredStorm[]): BenchRow {
  const stale = ours.reduce((sum, one) => sum + one.stale, 0);
  if (stale > 0) throw new Failure(`${stale} rows do not show what was sent last`);
  const of = (all: MeasuredStorm[], key: "longestMs" | "p99Ms") => tenth(Math.max(...all.map((one) => one[key])));
  const cpu = (all: MeasuredStorm[]) =>
    `${Math.round((100 * all.reduce((sum, one) => sum + one.mainThread, 0)) / all.length)} %`;
  const value = of(ours, "longestMs");
  const yardstickValue = of(bare, "longestMs");
  return {
    row: `console, longest frame at ${perSecond} updates/s, ${tickets} rows`,
    figure: `${value} ms (p99 ${of(ours, "p99Ms")} ms, ${cpu(ours)} of a core)`,
    value,
    yardstick: `a page that draws nothing: ${yardstickValue} ms (${cpu(bare)}); 24 lines of text: ${of(lines, "longestMs")} ms (${cpu(lines)})`,
    yardstickValue,
    ratio: value / yardstickValue,
    target: "< 100 ms",
    met: value < 100,
    detail: { ours, bare, lines, load: loadavg()[0] },
  };
}

async function storm(page: Page, ids: readonly number[], seconds: number): Promise<MeasuredStorm> {
  await page.bringToFront();
  const session = await page.context().newCDPSession(page);
  const mainThreadSeconds = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
  };
  // CPU, not time: it is the page's own, whatever else the machine is doing.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const before = await mainThreadSeconds();
  const result = (await page.evaluate(
    `benchProbe.storm(${JSON.stringify(ids)}, ${perSecond}, ${seconds * 1000})`,
  )) as Storm;
  const mainThread = ((await mainThreadSeconds()) - before) / seconds;
  await session.detach();
  if (result.sent < perSecond * seconds) throw new Failure(`only ${result.sent} updates were sent in ${seconds} s`);
  return { ...result, mainThread };
}

function tenth(ms: number | undefined): number {
  return Math.round((ms ?? 0) * 10) / 10;
}
