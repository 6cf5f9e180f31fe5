import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const lifecycle = new URL("../../../dist/src/runtime/lifecycle.js", import.meta.url).href;
const logger = new URL("../../../dist/src/runtime/logger.js", import.meta.url).href;
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A process of its own that runs these services, is told to stop when it is up, and what it said. */
async function run(services: string, timeoutMs = 10_000) {
  const script = `
    import { runProcess, service } from ${JSON.stringify(lifecycle)};
    import { createLogger } from ${JSON.stringify(logger)};
    const nothing = async () => undefined;
    await runProcess(createLogger("test", { LOG_LEVEL: "info", LOG_FORMAT: "json" }), [${services}], ${timeoutMs});
    process.kill(process.pid, "SIGTERM");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: root });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, "close");
  const lines = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, lines: lines.map(({ msg, service }) => (service === undefined ? msg : [msg, service])) };
}

it("stops in reverse order and ends with 0", async () => {
  const open = "async () => void setInterval(() => 0, 1000)";
  const noted = (name: string) => `service("${name}", ${open}, async () => { throw new Error("no") })`;
  const { code, lines } = await run(`${noted("first")}, ${noted("second")}`);
  expect(code).toBe(0);
  expect(lines.filter((line) => Array.isArray(line))).toEqual([
    ["stop failed", "second"],
    ["stop failed", "first"],
  ]);
  // What is written at the exit may overtake a line that was still on its way.
  expect(lines).toHaveLength(4);
  expect(lines).toEqual(expect.arrayContaining(["stopping", "stopped"]));
});

it("a stop that waits for what can no longer come is a stop: the process does not end without a word", async () => {
  const timer =
    'service("first", async () => { globalThis.timer = setInterval(() => 0, 1000) }, async () => clearInterval(timer))';
  const waits = 'service("second", nothing, () => new Promise(() => clearInterval(timer)))';
  expect(await run(`${timer}, ${waits}`)).toEqual({
    code: 0,
    lines: ["stopping", ["nothing is left that this stop could wait for", "second"], "stopped"],
  });
});

it("cuts off what takes too long, with 1", async () => {
  const hangs = 'service("hangs", async () => { setInterval(() => 0, 1000) }, () => new Promise(() => undefined))';
  expect(await run(hangs, 50)).toEqual({ code: 1, lines: ["stopping", "drain took too long, cut off"] });
});
