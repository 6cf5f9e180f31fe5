import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type OutboundCall, OutboundFailed, OutboundRefused, openOutbound } from "../../../src/runtime/outbound.js";
import { type Lookup, OutboundAllow } from "../../../src/runtime/outbound-target.js";
import { until } from "../../support/until.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on loopback; what it was asked. */
async function serve(answer: RequestListener): Promise<{ port: number; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    asked.push(req);
    answer(req, res);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, asked };
}

const at =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
const call = (more: Partial<OutboundCall> = {}): OutboundCall => ({ deadlineMs: 5000, ...more });

describe("refuses", () => {
  const outbound = openOutbound({ allow: [] });

  it.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0x7f.1/",
    "http://0/",
    "http://0.0.0.0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://168.63.129.16/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://127.0.0.1./",
    "http://①②⑦.0.0.1/",
    "https://127.0.0.1/",
  ])("%s: not a public address", async (url) => {
    const refused = await outbound(url, call()).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(OutboundRefused);
    expect((refused as Error).message).toBe("The host is not a public one.");
  });

  it.each(["127.0.0.1", "10.0.0.8", "::1", "fd12::1", "::ffff:10.0.0.1"])(
    "a name that leads to %s",
    async (address) => {
      const inside = openOutbound({ allow: [], lookup: at("93.184.216.34", address) });
      await expect(inside("http://hooks.example.test/", call())).rejects.toBeInstanceOf(OutboundRefused);
    },
  );

  it.each([
    ["file:///etc/passwd", "Only http and https are called."],
    ["ftp://example.test/", "Only http and https are called."],
    ["gopher://example.test/", "Only http and https are called."],
    ["http://user@example.test/", "An address with a user name is not called."],
    ["http://user:secret@example.test/", "An address with a user name is not called."],
    ["http://example.test:22/", "Port 22 is not called."],
    ["https://example.test:25/", "Port 25 is not called."],
    ["not an address", "This is no address."],
    ["", "This is no address."],
  ])("%s: %s", async (url, sentence) => {
    const inside = openOutbound({ allow: [], lookup: at("93.184.216.34") });
    await expect(inside(url, call())).rejects.toThrow(sentence);
    await expect(inside(url, call())).rejects.toBeInstanceOf(OutboundRefused);
  });
});

describe("what OUTBOUND_ALLOW names", () => {
  it.each([
    ["a network", ["127.0.0.0/8"], "127.0.0.1"],
    ["an address", ["127.0.0.1"], "127.0.0.1"],
    ["a host", ["hooks.example.test"], "hooks.example.test"],
  ])("is called: %s", async (_, allow, host) => {
    const { port, asked } = await serve((_req, res) => void res.end("ok"));
    const outbound = openOutbound({ allow, lookup: at("127.0.0.1") });
    const answer = await outbound(`http://${host}:${port}/hook?a=1`, call({ method: "POST", body: "{}" }));
    expect([answer.status, answer.body.toString()]).toEqual([200, "ok"]);
    expect(asked.map(({ method, url, headers }) => [method, url, headers.host])).toEqual([
      ["POST", "/hook?a=1", `${host}:${port}`],
    ]);
  });

  it("is that port alone where it names one, and no other host", async () => {
    const { port } = await serve((_req, res) => void res.end("ok"));
    const outbound = openOutbound({ allow: [`Hooks.example.test:${port}`], lookup: at("127.0.0.1") });
    expect((await outbound(`http://hooks.example.test:${port}/`, call())).status).toBe(200);
    for (const url of [`http://hooks.example.test:${port + 1}/`, `http://other.example.test:${port}/`]) {
      await expect(outbound(url, call())).rejects.toBeInstanceOf(OutboundRefused);
    }
  });

  it("is refused with a sentence where it is no network", () => {
    for (const entry of ["10.0.0.0/33", "10.0.0/8", "fd00::/129", "example.test/8"]) {
      expect(() => new OutboundAllow([entry])).toThrow(`OUTBOUND_ALLOW: ${entry} is no network`);
    }
  });
});

describe("a name that changes its mind", () => {
  it("is asked once: what was checked is what is connected to", async () => {
    const { port, asked } = await serve((_req, res) => void res.end("inside"));
    // First a public address where nobody is; then loopback, where the server is.
    const answers = [at("192.0.2.1"), at("127.0.0.1")];
    let looked = 0;
    const lookup: Lookup = (name) => (answers[looked++] ?? at("127.0.0.1"))(name);
    // Let through as if it were public, so that it is the connection that would find out.
    const outbound = openOutbound({ allow: ["192.0.2.0/24"], lookup });
    await expect(outbound(`http://rebind.example.test:${port}/`, call({ deadlineMs: 300 }))).rejects.toBeInstanceOf(
      OutboundFailed,
    );
    expect([looked, asked.length]).toEqual([1, 0]);
  });

  it("is checked again at each redirect to it", async () => {
    const { port, asked } = await serve((_req, res) => void res.writeHead(302, { location: "/again" }).end());
    const answers = [at("127.0.0.1"), at("10.0.0.1")];
    let looked = 0;
    const lookup: Lookup = (name) => (answers[looked++] ?? at("10.0.0.1"))(name);
    const outbound = openOutbound({ allow: ["127.0.0.1"], lookup });
    await expect(outbound(`http://rebind.example.test:${port}/`, call({ redirects: 3 }))).rejects.toBeInstanceOf(
      OutboundRefused,
    );
    expect(asked).toHaveLength(1);
  });
});

describe("redirects", () => {
  it("are the answer unless asked for", async () => {
    const { port, asked } = await serve((_req, res) => void res.writeHead(302, { location: "/next" }).end());
    const outbound = openOutbound({ allow: ["127.0.0.1"] });
    const answer = await outbound(`http://127.0.0.1:${port}/`, call());
    expect([answer.status, answer.headers.location, asked.length]).toEqual([302, "/next", 1]);
  });

  it("are followed as often as asked, and each is checked", async () => {
    const { port, asked } = await serve((req, res) => {
      const hop = Number((req.url ?? "/0").slice(1));
      if (hop < 3) res.writeHead(302, { location: `/${hop + 1}` }).end();
      else res.end("there");
    });
    const outbound = openOutbound({ allow: ["127.0.0.1"] });
    const answer = await outbound(`http://127.0.0.1:${port}/0`, call({ redirects: 3 }));
    expect([answer.body.toString(), answer.url]).toEqual(["there", `http://127.0.0.1:${port}/3`]);
    await expect(outbound(`http://127.0.0.1:${port}/0`, call({ redirects: 2 }))).rejects.toThrow(
      "More than 2 redirects.",
    );
    expect(asked).toHaveLength(7);
  });

  it.each([
    "http://127.0.0.2/",
    "http://169.254.169.254/",
    "http://[::1]/",
    "file:///etc/passwd",
    "http://user@127.0.0.1/",
    "http://127.0.0.1:22/",
    "//10.0.0.1/",
  ])("to %s are refused", async (location) => {
    const { port } = await serve((_req, res) => void res.writeHead(307, { location }).end());
    const outbound = openOutbound({ allow: [`inside.example.test:${port}`], lookup: at("127.0.0.1") });
    await expect(outbound(`http://inside.example.test:${port}/`, call({ redirects: 3 }))).rejects.toBeInstanceOf(
      OutboundRefused,
    );
  });

  it("carry nothing that was meant for one host to another, and no body where it becomes a GET", async () => {
    const target = await serve((_req, res) => void res.end("ok"));
    const kind = { status: 307 };
    const first = await serve((_req, res) => {
      res.writeHead(kind.status, { location: `http://two.example.test:${target.port}/` }).end();
    });
    const outbound = openOutbound({ allow: ["one.example.test", "two.example.test"], lookup: at("127.0.0.1") });
    const headers = { authorization: "Bearer secret", "x-signature": "s", "content-type": "application/json" };
    const post = call({ method: "POST", body: "{}", headers, redirects: 1 });
    await outbound(`http://one.example.test:${first.port}/`, post);
    kind.status = 303;
    await outbound(`http://one.example.test:${first.port}/`, post);
    const seen = target.asked.map(({ method, headers: given }) => [
      method,
      given.authorization,
      given["x-signature"],
      given["content-type"],
    ]);
    expect(seen).toEqual([
      ["POST", undefined, undefined, "application/json"],
      ["GET", undefined, undefined, undefined],
    ]);
  });
});

describe("a call ends", () => {
  const outbound = openOutbound({ allow: ["127.0.0.1"] });

  it("when the other side says nothing, or too slowly", async () => {
    const silent = await serve(() => undefined);
    await expect(outbound(`http://127.0.0.1:${silent.port}/`, call({ deadlineMs: 100 }))).rejects.toThrow(
      "No answer within 100 ms.",
    );
    const slow = await serve((_req, res) => void res.write("a"));
    await expect(outbound(`http://127.0.0.1:${slow.port}/`, call({ deadlineMs: 100 }))).rejects.toBeInstanceOf(
      OutboundFailed,
    );
  });

  it("when the name is never found", async () => {
    const stuck = openOutbound({ allow: [], lookup: () => new Promise(() => undefined) });
    await expect(stuck("http://example.test/", call({ deadlineMs: 50 }))).rejects.toThrow("No answer within 50 ms.");
    const unknown = openOutbound({
      allow: [],
      lookup: async () => {
        throw new Error("ENOTFOUND");
      },
    });
    await expect(unknown("http://example.test/", call())).rejects.toBeInstanceOf(OutboundFailed);
  });

  it("when the answer is longer than is taken, and its connection with it", async () => {
    const endless = await serve((_req, res) => {
      const more = () => {
        while (!res.destroyed && res.write("x".repeat(16_384))) if (res.destroyed) return;
        if (!res.destroyed) res.once("drain", more);
      };
      more();
    });
    await expect(outbound(`http://127.0.0.1:${endless.port}/`, call({ maxBytes: 100_000 }))).rejects.toThrow(
      "The answer has more than 100000 bytes.",
    );
  });

  it("when it is cut off, nobody listens, or it is no HTTP", async () => {
    const cut = await serve((req, res) => {
      res.writeHead(200, { "content-length": "100" });
      res.write("a");
      setImmediate(() => req.socket.destroy());
    });
    await expect(outbound(`http://127.0.0.1:${cut.port}/`, call())).rejects.toBeInstanceOf(OutboundFailed);
    const tcp = createTcpServer((socket) => void socket.resume().end("hello there\r\n"));
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    const { port } = tcp.address() as AddressInfo;
    await expect(outbound(`http://127.0.0.1:${port}/`, call())).rejects.toBeInstanceOf(OutboundFailed);
    await new Promise((resolve) => tcp.close(resolve));
    await expect(outbound(`http://127.0.0.1:${port}/`, call())).rejects.toBeInstanceOf(OutboundFailed);
  });
});

describe("connections that are kept", () => {
  /** A server that counts its connections; the sockets it has. */
  async function counted(answer: RequestListener = (_req, res) => void res.end("ok")) {
    const served = await serve(answer);
    const sockets: Socket[] = [];
    servers.at(-1)?.on("connection", (socket) => void sockets.push(socket));
    return { ...served, sockets };
  }
  const post = call({ method: "POST", body: "{}" });

  it("carry the next call to the same place; without being asked for, none is kept", async () => {
    const { port, sockets } = await counted();
    const kept = openOutbound({ allow: ["127.0.0.1"], keepAlive: true });
    for (let n = 0; n < 5; n++) await kept(`http://127.0.0.1:${port}/${n}`, post);
    expect(sockets).toHaveLength(1);
    const each = openOutbound({ allow: ["127.0.0.1"] });
    for (let n = 0; n < 2; n++) await each(`http://127.0.0.1:${port}/${n}`, post);
    expect(sockets).toHaveLength(3);
  });

  it("pass no guard: a name that leads inside, or is not to be called any more, is refused while one is open", async () => {
    const { port, sockets, asked } = await counted();
    let found: Lookup = at("127.0.0.1");
    const outbound = openOutbound({ allow: ["127.0.0.1"], keepAlive: true, lookup: (name) => found(name) });
    const url = `http://hooks.example.test:${port}/`;
    await outbound(url, post);
    for (const address of ["127.0.0.2", "10.0.0.1", "169.254.169.254", "::1"]) {
      found = at(address);
      await expect(outbound(url, post)).rejects.toBeInstanceOf(OutboundRefused);
    }
    // Not the same place either: another name at the same address has a connection of its own.
    found = at("127.0.0.1");
    await outbound(`http://other.example.test:${port}/`, post);
    expect([asked.length, sockets.length]).toEqual([2, 2]);
  });

  it("are made anew, once, when the other side has just closed them; one that was new is not tried twice", async () => {
    const { port, sockets, asked } = await counted((req, res) => {
      const first = asked.filter(({ socket }) => socket === req.socket).length === 1;
      if (first && req.url !== "/cut") res.end("ok");
      else req.socket.destroy();
    });
    const outbound = openOutbound({ allow: ["127.0.0.1"], keepAlive: true });
    await outbound(`http://127.0.0.1:${port}/`, post);
    const answer = await outbound(`http://127.0.0.1:${port}/`, post);
    expect([answer.status, sockets.length, asked.length]).toEqual([200, 2, 3]);
    const other = openOutbound({ allow: ["127.0.0.1"], keepAlive: true });
    await expect(other(`http://127.0.0.1:${port}/cut`, post)).rejects.toBeInstanceOf(OutboundFailed);
    expect(asked).toHaveLength(4);
  });

  it("are given up with a call that got no answer in time", async () => {
    const { port, sockets } = await counted((req, res) => void (req.url === "/hang" || res.end("ok")));
    const outbound = openOutbound({ allow: ["127.0.0.1"], keepAlive: true });
    await outbound(`http://127.0.0.1:${port}/`, post);
    const late = { ...post, deadlineMs: 50 };
    await expect(outbound(`http://127.0.0.1:${port}/hang`, late)).rejects.toThrow("No answer within 50 ms.");
    await until(() => sockets[0]?.destroyed, "the connection to be closed");
    await outbound(`http://127.0.0.1:${port}/`, post);
    expect(sockets).toHaveLength(2);
  });
});
