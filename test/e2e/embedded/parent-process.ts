import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../src/embedded/free-port.js";
import { stopLeftovers } from "../../../src/embedded/leftovers.js";
import { until } from "../../support/until.js";

const parentScript = fileURLToPath(new URL("fixtures/parent.mjs", import.meta.url));

/** A folder and two ports for the systems of one test, and the parents that it started. */
export class Ground {
  readonly dataDir = mkdtempSync(join(tmpdir(), "switchboard-system-"));
  readonly #parents: Parent[] = [];
  port = 0;
  relayPort = 0;

  async open(): Promise<void> {
    const from = 20_000 + Math.floor(Math.random() * 9_000);
    this.port = await freePort(null, from);
    this.relayPort = await freePort(null, this.port + 1);
  }

  start(args: string[] = [], env: Record<string, string> = {}): Parent {
    const { DATABASE_URL, REDIS_URL, OPEN_DEMO, JWT_SECRET, NODE_ENV, ...inherited } = process.env;
    const own = { DATA_DIR: this.dataDir, HOST: "127.0.0.1", PORT: `${this.port}`, RELAY_PORT: `${this.relayPort}` };
    const parent = new Parent(
      spawn(process.execPath, [parentScript, ...args], { env: { ...inherited, ...own, ...env } }),
    );
    this.#parents.push(parent);
    return parent;
  }

  /** What the fakes noted, one line each. */
  events(): string[] {
    const path = join(this.dataDir, "events.txt");
    return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  }

  /** The process ids under which that fake was started so far. */
  pidsOf(name: string): number[] {
    return this.events().flatMap((line) => {
      const found = new RegExp(`^${name} started (\\d+)$`).exec(line);
      return found ? [Number(found[1])] : [];
    });
  }

  async close(): Promise<void> {
    for (const parent of this.#parents) await parent.stop("SIGTERM");
    await stopLeftovers(this.dataDir);
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** A parent process and what it says. */
export class Parent {
  readonly process: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals | null>;
  out = "";
  err = "";

  constructor(child: ChildProcess) {
    this.process = child;
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      this.out += chunk;
    });
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      this.err += chunk;
    });
    this.exited = new Promise((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Resolves when the last line says that all serves. */
  async ready(): Promise<void> {
    await until(
      () => {
        if (this.process.exitCode !== null)
          throw new Error(`ended with ${this.process.exitCode}: ${this.err}${this.out}`);
        return /^ready http:\S+\n$/m.test(this.out);
      },
      "ready",
      60_000,
    );
  }

  async stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    return this.exited;
  }
}
