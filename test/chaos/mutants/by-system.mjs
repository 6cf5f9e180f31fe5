import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where ports are looked for; the tests look elsewhere. */
const firstPort = 27_000;

/**
 * Builds the tree `copy`, starts its whole system and runs a command of it: `verify crash …`, `verify stream …`. What it
 * found broken, of that rule; null when it could not be run.
 */
export async function convictBySystem(copy, { command, env, rule }) {
  const tsc = [join(copy, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json", "--noUnusedLocals", "false"];
  const built = spawnSync(process.execPath, tsc, { cwd: copy, encoding: "utf8" });
  if (built.status !== 0) return null;
  const { freePort } = await import(join(copy, "dist/src/embedded/free-port.js"));
  const port = await freePort(null, firstPort);
  const dataDir = mkdtempSync(join(tmpdir(), "switchboard-mutant-"));
  const around = { ...process.env, ...env, DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: "error" };
  around.RELAY_PORT = String(await freePort(null, port + 1));
  const system = spawn(process.execPath, ["dist/src/embedded/main.js", "--no-demo"], {
    cwd: copy,
    env: around,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(system, "exit");
  try {
    if (!(await serves(system, ended))) return null;
    const args = ["dist/cli/main.js", ...command.split(" "), "--url", `http://127.0.0.1:${port}`, "--json"];
    const done = spawnSync(process.execPath, args, { cwd: copy, env: around, encoding: "utf8" });
    const line = done.stdout.trim().split("\n").at(-1) ?? "";
    return line.startsWith("{") ? broken(JSON.parse(line), rule, command) : null;
  } finally {
    system.kill("SIGINT");
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function serves(system, ended) {
  let printed = "";
  return Promise.race([
    ended.then(() => false),
    new Promise((resolve) => {
      system.stdout.on("data", (chunk) => {
        printed += chunk;
        if (/^ready /m.test(printed)) resolve(true);
      });
    }),
  ]);
}

function broken(figures, rule, command) {
  const by = `switchboard ${command.split(" ").slice(0, 2).join(" ")}`;
  const counts = figures.audit
    ? figures.audit.filter(({ holds }) => holds === rule).map(({ name, count }) => [name, count])
    : Object.entries(figures.zeros);
  return counts.flatMap(([name, count]) => (count === 0 ? [] : [{ by, why: `${name}: ${count}` }]));
}
