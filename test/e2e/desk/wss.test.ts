import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LiveClient } from "../../../src/console/live/live-client.js";
import type { ServerFrame } from "../../../src/console/live/stream-log.js";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { type DeskProcess, deskProcesses, deskTokens } from "../../integration/edges/desk-processes.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../../integration/workers/own-redis.js";
import { freePort } from "../../support/free-port.js";
import { type clientSocket, RawSocket } from "../../support/socket-factory.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";

const hasTools = spawnSync("openssl", ["version"]).status === 0 && hasRedisServer;
const version = { nginx: "-v", caddy: "version" };
const proxies = (["nginx", "caddy"] as const).map((name) => {
  const isPossible = hasTools && spawnSync(name, [version[name]]).status === 0;
  if (!isPossible) console.warn(`SKIPPED: no ${name}, openssl or redis-server on the PATH: its recipe is not tried`);
  return { name, isPossible };
});

interface Ports {
  listen: number;
  relays: readonly number[];
}

/** The recipe as README has it, for these ports, as a file for the proxy and how that is started. */
function recipe(name: "nginx" | "caddy", folder: string, ports: Ports): { file: string; args: string[] } {
  const readme = readFileSync(join(packageRoot, "README.md"), "utf8");
  const block = new RegExp(`\`\`\`${name}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (!block) throw new Error(`README has no recipe for ${name}`);
  const here = block
    .replace("10.0.0.1:8001", `127.0.0.1:${ports.relays[0]}`)
    .replace("10.0.0.2:8001", `127.0.0.1:${ports.relays[1]}`)
    .replaceAll("10.0.0.", "127.0.0.");
  const path = join(folder, "proxy.conf");
  if (name === "caddy") {
    const site = `https://desk.example:${ports.listen} {\n  bind 127.0.0.1\n  tls ${folder}/desk.crt ${folder}/desk.key\n`;
    const file = `{\n  admin off\n  auto_https off\n}\n${here.replace("desk.example {\n", site)}`;
    return { file, args: ["run", "--adapter", "caddyfile", "--config", path] };
  }
  const http = here
    .replace("listen 443 ssl", `listen 127.0.0.1:${ports.listen} ssl`)
    .replaceAll("/etc/ssl/desk.example", join(folder, "desk"))
    .replace("/var/log/nginx/desk.log", join(folder, "desk.log"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(" ");
  const file = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 256; }
    http { ${temporary}\n${http} }`;
  return { file, args: ["-c", path, "-p", folder] };
}

describe.each(proxies)("wss through $name, by README's recipe, to two relays", ({ name, isPossible }) => {
  let folder: string;
  let database: TestDatabase;
  let redis: OwnRedis;
  let desk: ReturnType<typeof deskProcesses>;
  let relays: DeskProcess[];
  let proxy: ChildProcess;
  let url: string;
  let token: string;
  const clients: LiveClient[] = [];
  const logs: ServerFrame[][] = [];

  beforeAll(async () => {
    if (!isPossible) return;
    folder = mkdtempSync(join(tmpdir(), "switchboard-wss-"));
    database = await createTestDatabase();
    redis = await startOwnRedis();
    const env = { ALLOWED_HOSTS: "desk.example" };
    desk = deskProcesses({ databaseUrl: database.url, redisUrl: redis.url, env });
    relays = [await desk.start("relay"), await desk.start("relay"), await desk.start("worker")].slice(0, 2);
    const listen = await freePort();
    const subject = ["-subj", "/CN=desk.example", "-days", "1", "-nodes", "-newkey", "rsa:2048"];
    const files = ["-keyout", join(folder, "desk.key"), "-out", join(folder, "desk.crt")];
    execFileSync("openssl", ["req", "-x509", ...subject, ...files], { stdio: "ignore" });
    const { file, args } = recipe(name, folder, { listen, relays: relays.map(({ port }) => port) });
    writeFileSync(join(folder, "proxy.conf"), file);
    const home = { PATH: process.env.PATH ?? "", HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    proxy = spawn(name, args, { stdio: ["ignore", "ignore", "pipe"], env: home });
    proxy.stderr?.resume();
    url = `wss://127.0.0.1:${listen}/ws/agents/`;
    const { id } = await database.db.kysely
      .insertInto("users")
      .values({ role: "admin", name: "Ada" })
      .returning("id")
      .executeTakeFirstOrThrow();
    token = await deskTokens.sign({ sub: id, role: "admin", name: "Ada", tv: 0 });
  });
  afterAll(async () => {
    if (!isPossible) return;
    for (const client of clients) client.close();
    const exited = once(proxy, "exit");
    proxy.kill("SIGTERM");
    await exited;
    await desk.close();
    await redis.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As a browser that trusts the certificate and found the desk by its name. */
  class Secure extends RawSocket {
    constructor(address: string, protocols?: string[]) {
      // (`servername` is not in the types.)
      const tls = { rejectUnauthorized: false, servername: "desk.example", headers: { host: "desk.example" } };
      super(address, protocols, tls);
    }
  }

  function open(): void {
    const frames: ServerFrame[] = [];
    logs.push(frames);
    const client = new LiveClient({
      socket: Secure as unknown as typeof clientSocket,
      poll: false,
      onFrame: (frame) => typeof frame.pos === "number" && frames.push(frame),
    });
    clients.push(client);
    client.connect(url, { token, since: 0 });
  }

  const socketsAt = async ({ port }: DeskProcess) => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    return ((await answer.json()) as { sockets: number }).sockets;
  };

  let said = 0;
  const say = async (count: number) => {
    await database.db.pool.query(
      `INSERT INTO outbox (stream, type, payload)
       SELECT 'agents', 'message_update', jsonb_build_object('message_id', n, 'status', 'unassigned', 'version', 1)
       FROM generate_series($1::int, $2::int) n`,
      [said + 1, said + count],
    );
    said += count;
  };

  /** Says something all the time until all are open at a relay that is there. */
  async function sayUntilBack(at: DeskProcess): Promise<number> {
    const began = performance.now();
    await until(async () => {
      await say(5);
      return (await socketsAt(at)) === clients.length && clients.every(({ state }) => state === "open");
    }, "everybody at the other relay");
    return Math.round(performance.now() - began);
  }

  async function expectWhole(): Promise<void> {
    await until(() => clients.every(({ pos }) => pos === said), `everybody at ${said}`, 20_000);
    for (const frames of logs) {
      expect(frames.map(({ pos }) => pos)).toEqual(Array.from({ length: said }, (_, n) => n + 1));
    }
  }

  it.skipIf(!isPossible)(
    "one is restarted, then one is killed: its clients are at the other one, and nobody missed anything",
    async () => {
      const [one, two] = relays as [DeskProcess, DeskProcess];
      for (let n = 0; n < 20; n++) open();
      await until(() => clients.every(({ state }) => state === "open"), "all clients", 20_000);
      expect(Math.min(await socketsAt(one), await socketsAt(two))).toBeGreaterThan(0);
      await say(100);

      const stopped = one.kill("SIGTERM");
      const afterStop = await sayUntilBack(two);
      await stopped;
      const again = await desk.start("relay", { port: one.port });
      await expectWhole();

      await two.kill("SIGKILL");
      const afterKill = await sayUntilBack(again);
      await expectWhole();
      console.info(`${name}: back after ${afterStop} ms (SIGTERM), ${afterKill} ms (SIGKILL)`);

      if (name !== "nginx") return;
      const log = readFileSync(join(folder, "desk.log"), "utf8");
      expect(log).toContain("/ws/agents/");
      expect(log).not.toContain("since=");
    },
  );
});
