import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { OutboundFailed, OutboundRefused } from "../../../src/runtime/outbound.js";
import { openOutboundFetch } from "../../../src/runtime/outbound-fetch.js";

let server: Server;
let url: string;
const heard: { method: string | undefined; body: string; host: string | undefined }[] = [];

beforeAll(async () => {
  server = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => {
      heard.push({ method: req.method, body, host: req.headers.host });
      if (req.url === "/cut") {
        res.writeHead(200, { "content-length": "100" });
        res.write("half", () => res.destroy());
      } else if (req.url === "/moved") res.writeHead(302, { location: "http://169.254.169.254/" }).end();
      else if (req.url === "/empty") res.writeHead(204).end();
      else if (req.url === "/silent") res.flushHeaders();
      else res.end("x".repeat(100));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const call = openOutboundFetch({ allow: ["127.0.0.1"], maxBytes: 100 });

it("sends what it is given, and gives the answer as fetch does", async () => {
  const answer = await call(url, { method: "POST", headers: { "x-a": "1" }, body: "é" });
  expect([answer.status, await answer.text()]).toEqual([200, "x".repeat(100)]);
  expect(heard.at(-1)).toMatchObject({ method: "POST", body: "é" });
  expect([(await call(`${url}/empty`)).status, (await call(`${url}/moved`)).status]).toEqual([204, 302]);
});

it.each(["http://127.0.0.1:1", "http://localhost:9", "http://10.0.0.1", "http://[::1]:9", "http://169.254.169.254/"])(
  "refuses %s, which nobody allowed",
  async (address) => {
    const guarded = openOutboundFetch({ allow: [], maxBytes: 100 });
    await expect(guarded(address)).rejects.toBeInstanceOf(OutboundRefused);
  },
);

it("refuses a name that leads to a private address", async () => {
  const lookup = async () => [{ address: "127.0.0.1", family: 4 }];
  const guarded = openOutboundFetch({ allow: [], lookup, maxBytes: 100 });
  const before = heard.length;
  await expect(guarded(url.replace("127.0.0.1", "innocent.example"))).rejects.toBeInstanceOf(OutboundRefused);
  expect(heard).toHaveLength(before);
});

it.each(["file:///etc/passwd", "http://user:pass@example.com", "nothing"])("refuses %s", async (address) => {
  await expect(call(address)).rejects.toBeInstanceOf(OutboundRefused);
});

it("ends with the signal, before the answer and within it", async () => {
  await expect(call(url, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(OutboundFailed);
  const answer = await call(`${url}/silent`, { signal: AbortSignal.timeout(100) });
  await expect(answer.text()).rejects.toThrow();
});

it("a body that is too long, or cut off, is an error and not a shorter body", async () => {
  const small = openOutboundFetch({ allow: ["127.0.0.1"], maxBytes: 99 });
  await expect((await small(url)).text()).rejects.toThrow(/more than 99 bytes/);
  await expect((await call(`${url}/cut`)).text()).rejects.toThrow();
});

it("who cancels it in the middle does no harm", async () => {
  for (let n = 0; n < 20; n++) await (await call(url)).body?.cancel();
  expect((await call(url)).status).toBe(200);
});
