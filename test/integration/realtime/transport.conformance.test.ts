import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  ListenError,
  type Socket,
  type Transport,
  type TransportHandlers,
  type TransportOptions,
  type UpgradeRequest,
  unreadableBytes,
} from "../../../src/realtime/transport.js";
import type { PageRequest } from "../../../src/runtime/system-pages.js";
import { until } from "../../support/until.js";
import { onRandomPort } from "./random-port.js";
import { RawClient, refusal } from "./raw-client.js";
import { transportDrivers } from "./transport-drivers.js";

interface Data {
  name: string;
}

const options: TransportOptions = { maxBufferBytes: 256 * 1024, maxPayloadBytes: 64 * 1024, idleTimeoutS: 60 };

describe.each(transportDrivers)("transport %s", (driver, open) => {
  const transports: Transport[] = [];
  const clients: RawClient[] = [];
  const sockets: Socket<Data>[] = [];
  const closes: number[] = [];
  let drains = 0;
  let requests: UpgradeRequest[] = [];

  async function start(given: Partial<TransportHandlers<Data>> = {}, host = "127.0.0.1") {
    const transport = await open<Data>(
      {
        upgrade: async (request) => {
          requests.push(request);
          return { accept: true, data: { name: request.query.get("name") ?? "" }, protocol: null };
        },
        open: (socket) => void sockets.push(socket),
        message: (socket, text) => void socket.send(`${socket.data.name}:${text}`),
        drain: () => drains++,
        close: (_socket, code) => void closes.push(code),
        health: () => ({ status: "ok" }),
        ...given,
      },
      options,
    );
    transports.push(transport);
    const port = await onRandomPort((random) => transport.listen(host, random));
    return { transport, url: `ws://127.0.0.1:${port}`, port };
  }

  async function client(url: string, protocols: string[] = []) {
    const made = new RawClient(url, protocols);
    clients.push(made);
    await made.opened();
    return { client: made, socket: await until(() => sockets[clients.length - 1], "the server's side") };
  }

  afterEach(async () => {
    for (const made of clients.splice(0)) made.socket.terminate();
    for (const transport of transports.splice(0)) await transport.close();
    sockets.length = 0;
    closes.length = 0;
    requests = [];
    drains = 0;
  });

  it.each(["127.0.0.1", "0.0.0.0", "localhost", "::"])("takes every upgrade when it listens on %s", async (host) => {
    const greet = (socket: Socket<Data>) => {
      sockets.push(socket);
      socket.subscribe("t");
      socket.send("hi");
    };
    const { url } = await start({ open: greet }, host);
    for (let n = 0; n < 100; n++) {
      const one = await client(url);
      await until(() => one.client.texts.length === 1, "hi");
      expect(closes).toEqual([]);
    }
  });

  it("names itself, answers /healthz, and 404 for other plain requests", async () => {
    const { transport, port } = await start();
    expect(transport.driver).toBe(driver);
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
    const other = await fetch(`http://127.0.0.1:${port}/ws/agents/?token=x`);
    expect([other.status, ((await other.json()) as { status: string }).status]).toEqual([404, "not_found"]);
  });

  it("answers with a page where there is one, and shows it the request", async () => {
    const asked: PageRequest[] = [];
    const { port } = await start({
      page: async (request) => {
        asked.push(request);
        if (request.path === "/broken") throw new Error("it breaks");
        return request.path === "/page" ? { status: 503, contentType: "text/plain; x=y", body: "é a page" } : null;
      },
    });
    const base = `http://127.0.0.1:${port}`;
    const page = await fetch(`${base}/page?token=x`, { headers: { authorization: "Bearer y" } });
    expect([page.status, page.headers.get("content-type"), await page.text()]).toEqual([
      503,
      "text/plain; x=y",
      "é a page",
    ]);
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(asked[0]).toMatchObject({ method: "GET", path: "/page" });
    expect(asked[0]?.header("authorization")).toBe("Bearer y");
    expect(asked[0]?.header("host")).toBe(`127.0.0.1:${port}`);
    expect(asked[0]?.remoteAddress).toContain("127.0.0.1");
    const head = await fetch(`${base}/page`, { method: "HEAD" });
    expect([head.status, await head.text(), asked[1]?.method]).toEqual([503, "", "HEAD"]);
    expect((await fetch(`${base}/other`)).status).toBe(404);
    expect((await fetch(`${base}/broken`)).status).toBe(500);
  });

  it("shows the upgrade its path, query, headers and address, and carries the data along", async () => {
    const { url } = await start();
    const one = await client(`${url}/ws/agents/?name=a%20b&since=4`);
    expect(requests[0]).toMatchObject({ path: "/ws/agents/", remoteAddress: expect.stringContaining("127.0.0.1") });
    expect(requests[0]?.query.get("since")).toBe("4");
    expect(requests[0]?.header("host")).toBe(url.slice("ws://".length));
    expect(requests[0]?.header("origin")).toBeUndefined();
    one.client.send("hi é €");
    await until(() => one.client.texts.length === 1, "the echo");
    expect(one.client.texts).toEqual(["a b:hi é €"]);
  });

  it.each([401, 403, 404, 503])("refuses an upgrade with %i and a problem, also late", async (status) => {
    const { url } = await start({
      upgrade: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return { accept: false, status, problem: { status: "forbidden", detail: "No." } };
      },
    });
    expect(await refusal(`${url}/x`)).toEqual({ status, body: { status: "forbidden", detail: "No." } });
  });

  it("answers 500 without a word about why when the decision fails", async () => {
    const { url } = await start({ upgrade: () => Promise.reject(new Error("secret")) });
    const { status, body } = await refusal(url);
    expect([status, body.status]).toEqual([500, "internal_error"]);
    expect(JSON.stringify(body)).not.toContain("secret");
  });

  it("survives a client that leaves before the decision", async () => {
    let decide: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      void start({
        upgrade: async () => {
          resolve();
          await new Promise<void>((done) => {
            decide = done;
          });
          return { accept: true, data: { name: "" }, protocol: null };
        },
      }).then(({ port }) => {
        const raw = connect(port, "127.0.0.1");
        raw.write(
          "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        );
        void asked.then(() => raw.destroy());
      });
    });
    await asked;
    const { url } = await start();
    await client(url);
    decide();
    await client(url);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    [["bearer", "aaa.bbb.ccc"], "bearer"],
    [["other"], null],
    [[], null],
  ] as [string[], string | null][])("answers the subprotocols %j with %j", async (offered, answer) => {
    const { url } = await start({ upgrade: async () => ({ accept: true, data: { name: "" }, protocol: answer }) });
    const raw = new RawClient(url, offered);
    clients.push(raw);
    if (offered.length > 0 && answer === null) {
      // The client library gives up when none of its offers is taken.
      await until(() => raw.closed, "the client to give up");
    } else {
      await raw.opened();
      expect(raw.socket.protocol).toBe(answer ?? "");
    }
  });

  it("keeps the order of what is published and sent; a topic's members get what is published while they are in", async () => {
    const { transport, url } = await start();
    const a = await client(url);
    const b = await client(url);
    transport.publish("t", "0");
    a.socket.subscribe("t");
    transport.publish("t", "1");
    a.socket.send("2");
    b.socket.subscribe("t");
    transport.publish("t", "3");
    a.socket.cork(() => {
      a.socket.send("4");
      a.socket.send("5");
    });
    transport.publish("t", "6");
    a.socket.unsubscribe("t");
    transport.publish("t", "7");
    a.socket.send("8");
    b.socket.send("9");
    await until(() => a.client.texts.at(-1) === "8" && b.client.texts.at(-1) === "9", "the last ones");
    expect(a.client.texts).toEqual(["1", "2", "3", "4", "5", "6", "8"]);
    expect(b.client.texts).toEqual(["3", "6", "7", "9"]);
  });

  it("gives the peer code and reason, says so at once, and does nothing after that", async () => {
    const { transport, url } = await start();
    const one = await client(url);
    one.socket.subscribe("t");
    transport.publish("t", "before");
    one.socket.close(4401, "the token has expired");
    expect(closes).toEqual([4401]);
    expect(one.socket.send("after")).toBe("dropped");
    transport.publish("t", "after");
    one.socket.close(4403, "again");
    one.socket.subscribe("t");
    one.socket.unsubscribe("t");
    one.socket.cork(() => undefined);
    expect(one.socket.bufferedAmount()).toBe(0);
    expect(await until(() => one.client.closed, "the close")).toEqual({ code: 4401, reason: "the token has expired" });
    expect(one.client.texts).toEqual(["before"]);
    expect(closes).toEqual([4401]);
  });

  it("tells the code that the client closed with, and 1006 for one that is gone", async () => {
    const { url } = await start();
    const one = await client(url);
    one.client.socket.close(1001);
    await until(() => closes.length === 1, "the first close");
    const two = await client(url);
    two.client.socket.terminate();
    await until(() => closes.length === 2, "the second close");
    expect(closes).toEqual([1001, 1006]);
  });

  it.each([options.maxPayloadBytes + 1, unreadableBytes])(
    "closes a socket whose frame has %i bytes with 4400, no other, and reads one of the largest size",
    async (bytes) => {
      const { url } = await start();
      const one = await client(url);
      const two = await client(url);
      one.client.send("x".repeat(bytes));
      expect((await until(() => one.client.closed, "the close")).code).toBe(4400);
      expect(closes).toEqual([4400]);
      two.client.send("y".repeat(options.maxPayloadBytes));
      await until(() => two.client.texts.length === 1, "the echo");
    },
  );

  it("cuts a socket whose frame is past all reading", async () => {
    const { url } = await start();
    const one = await client(url);
    one.client.send("x".repeat(unreadableBytes + 1));
    await until(() => one.client.closed, "the close");
    expect(closes).toHaveLength(1);
  });

  it("compresses nothing, also for a client that offers it", async () => {
    const { url } = await start();
    const one = await client(url);
    expect(one.client.socket.extensions).toBe("");
  });

  it("loses a client that never reads, by raw TCP, and nobody else waits for it", async () => {
    const { transport, url, port } = await start();
    const good = await client(url);
    const raw = connect(port, "127.0.0.1");
    raw.pause();
    raw.write(
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const stalled = await until(() => sockets[1], "the server's side");
    good.socket.subscribe("t");
    stalled.subscribe("t");
    let published = 0;
    // The good one has each before the next is published, however far behind the other is.
    while (closes.length === 0) {
      transport.publish("t", `${published++}:${"x".repeat(60_000)}`);
      await until(() => good.client.texts.length === published, "the good one to have it");
    }
    expect(closes).toEqual([4408]);
    transport.publish("t", "after");
    await until(() => good.client.texts.at(-1) === "after", "what comes after");
    raw.destroy();
  });

  it("closes a reader that is too slow with 4408 after what it was sent; the others miss nothing", async () => {
    const { transport, url } = await start();
    const slow = await client(url);
    const good = await client(url);
    slow.socket.subscribe("t");
    good.socket.subscribe("t");
    slow.client.socket.pause();
    let published = 0;
    await until(
      () => {
        for (let n = 0; n < 8; n++) transport.publish("t", `${published++}:${"x".repeat(16_000)}`);
        return closes.length > 0;
      },
      "the slow one to be closed",
      20_000,
    );
    expect(closes).toEqual([4408]);
    await until(() => good.client.texts.length === published, "the good one to have it all");
    slow.client.socket.resume();
    expect(await until(() => slow.client.closed, "the slow one's close")).toEqual({ code: 4408, reason: "too slow" });
    const numbers = slow.client.texts.map((text) => Number.parseInt(text, 10));
    expect(numbers).toEqual(numbers.map((_, n) => n));
    expect(numbers.length).toBeLessThanOrEqual(published);
  });

  it("closes a reader that is too slow for what is sent to it alone, and tells when it drains", async () => {
    const { url } = await start();
    const { client: reader, socket } = await client(url);
    reader.socket.pause();
    await until(() => {
      const results = Array.from({ length: 12 }, () => socket.send("x".repeat(16_000)));
      return results.includes("backpressured") && socket.bufferedAmount() > 32 * 1024;
    }, "backpressure");
    const behind = socket.bufferedAmount();
    reader.socket.resume();
    await until(() => drains > 0 && socket.bufferedAmount() < behind, "the drain");
    await until(() => socket.bufferedAmount() === 0, "all of it");
    reader.socket.pause();
    const flood = () => Array.from({ length: 40 }, () => socket.send("x".repeat(16_000)));
    await until(() => flood().includes("dropped"), "the limit");
    expect(closes).toEqual([4408]);
  });

  it("says in one sentence that a port is taken", async () => {
    const { port } = await start();
    const second = await open<Data>(
      {
        upgrade: () => Promise.reject(new Error("never")),
        open: () => undefined,
        message: () => undefined,
        drain: () => undefined,
        close: () => undefined,
        health: () => ({}),
      },
      options,
    );
    transports.push(second);
    await expect(second.listen("127.0.0.1", port)).rejects.toThrow(ListenError);
    await expect(second.listen("127.0.0.1", port)).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
  });

  it("takes no more sockets after stopListening, and cuts off the rest with close", async () => {
    const { transport, url } = await start();
    const one = await client(url);
    transport.stopListening();
    await expect(refusal(url)).rejects.toThrow(/ECONNREFUSED/);
    one.client.send("still");
    await until(() => one.client.texts.length === 1, "the echo");
    await transport.close();
    await until(() => one.client.closed, "the cut");
    expect(closes).toHaveLength(1);
  });
});
