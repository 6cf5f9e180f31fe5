import { createServer, get, type Server } from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { passUpgrades, type UpgradePipes } from "../../../src/api/upgrade.js";
import { until } from "../../support/until.js";
import { RawClient, refusal } from "./raw-client.js";

/** The pipe against a TCP server that the test plays itself. */
describe("upgrade pipe", () => {
  let relay: TcpServer;
  let accepted: { socket: Socket; bytes: string }[];
  let api: Server;
  let pipes: UpgradePipes;
  let lines: string[];
  let port: number;

  async function serve(trustProxy: boolean, relayPort?: number) {
    const to = relayPort ?? (relay.address() as AddressInfo).port;
    const logger = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
    pipes = passUpgrades(api, `http://127.0.0.1:${to}`, { trustProxy, logger, handshakeTimeoutMs: 100 });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    port = (api.address() as AddressInfo).port;
  }

  beforeEach(async () => {
    accepted = [];
    lines = [];
    relay = createTcpServer((socket) => {
      const one = { socket, bytes: "" };
      accepted.push(one);
      socket.on("data", (chunk) => {
        one.bytes += chunk.toString("latin1");
      });
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    api = createServer((_req, res) => res.end("http"));
  });
  afterEach(async () => {
    pipes.stop();
    for (const { socket } of accepted) socket.destroy();
    relay.close();
    await new Promise((resolve) => api.close(resolve));
  });

  function raw(head: string, body = ""): Socket & { text: () => string } {
    const socket = connect(port, "127.0.0.1");
    let got = "";
    socket.on("data", (chunk) => {
      got += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.write(`${head}\r\n\r\n${body}`);
    return Object.assign(socket, { text: () => got });
  }

  const upgradeHead = (...extra: string[]) =>
    [
      "GET /ws/agents/?token=s3cret&since=4 HTTP/1.1",
      "Host: desk.example:8000",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "X-Odd-CASE: kept; as=it came",
      ...extra,
    ].join("\r\n");

  it("answers a request that asks for another protocol as if it had not, with its body, and the next ones after it", async () => {
    api.removeAllListeners("request");
    api.on("request", async (req, res) => {
      let body = "";
      for await (const chunk of req) body += chunk;
      res.end(`<${req.method} ${req.url} ${body} ${req.headers.upgrade} ${req.headers["x-odd"]}>`);
    });
    await serve(false);
    const ask = (path: string, body: string) =>
      [
        `POST ${path} HTTP/1.1`,
        "Host: desk.example",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "X-Odd: \u00e9",
        `Content-Length: ${body.length}`,
        "",
        body,
      ].join("\r\n");
    const client = connect(port, "127.0.0.1");
    let got = "";
    client.on("data", (chunk) => {
      got += chunk.toString();
    });
    client.write(ask("/one", "first body").slice(0, -4), "latin1");
    await new Promise((resolve) => setImmediate(resolve));
    client.write("body", "latin1");
    await until(() => got.includes("<POST /one first body undefined \u00e9>"), "the first answer");
    for (const path of ["/two", "/ws/agents/", "/four"]) {
      client.write(ask(path, "x".repeat(100_000)), "latin1");
      await until(() => got.includes(`<POST ${path} ${"x".repeat(100_000)} undefined \u00e9>`), path);
    }
    expect(accepted).toEqual([]);
    client.destroy();
  });

  it("passes the head as it came plus X-Forwarded-For, and bytes both ways", async () => {
    await serve(false);
    const client = raw(upgradeHead("X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https"), "early");
    const one = await until(() => accepted[0], "the connection");
    await until(() => one.bytes.endsWith("early"), "the head");
    expect(one.bytes).toBe(`${upgradeHead("X-Forwarded-For: 127.0.0.1")}\r\n\r\nearly`);
    one.socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\nhello");
    await until(() => client.text().endsWith("hello"), "the answer");
    client.write("more");
    await until(() => one.bytes.endsWith("earlymore"), "more");
    one.socket.write("again");
    await until(() => client.text().endsWith("helloagain"), "again");
    expect(pipes.size).toBe(1);
    client.destroy();
    await until(() => one.socket.destroyed && pipes.size === 0, "the other end to close");
  });

  it("passes on the client that a trusted proxy named last, and names it where the proxy did not", async () => {
    await serve(true);
    raw(upgradeHead("X-Forwarded-For: 1.1.1.1, 6.6.6.6", "X-Forwarded-Proto: https"));
    const one = await until(() => accepted[0], "the connection");
    await until(() => one.bytes.endsWith("\r\n\r\n"), "the head");
    expect(one.bytes).toContain("X-Forwarded-For: 1.1.1.1, 6.6.6.6\r\n");
    expect(one.bytes).toContain("X-Forwarded-Proto: https\r\n");
    raw(upgradeHead("X-Forwarded-For: 6.6.6.6, unknown"));
    const two = await until(() => accepted[1], "the second connection");
    await until(() => two.bytes.endsWith("\r\n\r\n"), "the head");
    expect(two.bytes).toContain("X-Forwarded-For: 6.6.6.6, unknown, 127.0.0.1\r\n");
  });

  it("ends the client when the relay ends, after what it said", async () => {
    await serve(false);
    const client = raw(upgradeHead());
    const one = await until(() => accepted[0], "the connection");
    one.socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}");
    await until(() => client.closed || client.readableEnded, "the end");
    expect(client.text()).toBe("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\n{}");
    client.destroy();
    await until(() => pipes.size === 0, "nothing left");
  });

  it("answers 503 when the relay is away, when it hangs, and when it closes without a word", async () => {
    const { port: free } = relay.address() as AddressInfo;
    relay.close();
    await serve(false, free);
    const away = { status: 503, body: { status: "unavailable", detail: expect.any(String) } };
    expect(await refusal(`ws://127.0.0.1:${port}/ws/agents/?token=s3cret`)).toEqual(away);

    relay = createTcpServer((socket) => void accepted.push({ socket, bytes: "" }));
    await new Promise<void>((resolve) => relay.listen(free, "127.0.0.1", resolve));
    expect(await refusal(`ws://127.0.0.1:${port}/ws/agents/?token=s3cret`)).toEqual(away);
    expect(lines.some((line) => line.includes("timeout"))).toBe(true);

    relay.on("connection", (socket) => socket.destroy());
    expect(await refusal(`ws://127.0.0.1:${port}/ws/agents/?token=s3cret`)).toEqual(away);
    expect(lines.join("")).not.toContain("s3cret");
    await until(() => pipes.size === 0, "nothing left");
  });

  it("answers 404 for upgrades elsewhere and leaves plain requests alone", async () => {
    await serve(false);
    expect(await refusal(`ws://127.0.0.1:${port}/api/messages/`)).toMatchObject({
      status: 404,
      body: { status: "not_found" },
    });
    const status = await new Promise((resolve) => get(`http://127.0.0.1:${port}/`, (res) => resolve(res.statusCode)));
    expect(status).toBe(200);
    expect(accepted).toHaveLength(0);
  });

  it("cuts what is open and takes no more when it stops", async () => {
    await serve(false);
    const client = raw(upgradeHead());
    const one = await until(() => accepted[0], "the connection");
    one.socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    await until(() => client.text().length > 0, "the answer");
    pipes.stop();
    await until(() => client.closed && one.socket.destroyed, "both ends");
    expect(await refusal(`ws://127.0.0.1:${port}/ws/agents/`)).toMatchObject({ status: 503 });
  });

  it("keeps a slow reader's bytes from piling up here", async () => {
    await serve(false);
    const client = raw(upgradeHead());
    const one = await until(() => accepted[0], "the connection");
    client.pause();
    one.socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    const chunk = Buffer.alloc(1024 * 1024);
    for (let n = 0; n < 64; n++) one.socket.write(chunk);
    await until(() => one.socket.writableLength > 16 * 1024 * 1024, "the relay to be held back");
    client.resume();
    await until(() => one.socket.writableLength === 0, "all to leave");
  });

  it("carries real sockets", async () => {
    await serve(false);
    const client = new RawClient(`ws://127.0.0.1:${port}/ws/x`);
    const one = await until(() => accepted[0], "the connection");
    await until(() => one.bytes.includes("Sec-WebSocket-Key"), "the handshake");
    client.socket.terminate();
    await until(() => one.socket.destroyed, "the end");
  });
});
