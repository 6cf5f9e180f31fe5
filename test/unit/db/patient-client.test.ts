import { type AddressInfo, createServer, type Server } from "node:net";
import pg from "pg";
import { afterEach, expect, it } from "vitest";
import { patientClient } from "../../../src/db/patient-client.js";
import { pause } from "../../../src/runtime/deadline.js";

/** What Postgres says to who comes while it starts: FATAL, with that code. */
function fatal(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0Mthe database system is starting up\0\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

let server: Server;
let pool: pg.Pool;
let tried = 0;

async function serve(code: string, restMs: number): Promise<void> {
  tried = 0;
  server = createServer((socket) => {
    tried++;
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(fatal(code)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connectionString = `postgres://u:p@127.0.0.1:${port}/d`;
  pool = new pg.Pool({ connectionString, max: 4, Client: patientClient(restMs) });
}

const ask = () =>
  pool.query("SELECT 1").then(
    () => "answered",
    (error: { code?: string }) => error.code,
  );

afterEach(async () => {
  await pool.end();
  await new Promise((resolve) => server.close(resolve));
});

it("a Postgres that starts is not tried again while the pool rests; whoever asks meanwhile is told the same", async () => {
  await serve("57P03", 60_000);
  expect(await Promise.all(Array.from({ length: 4 }, ask))).toEqual(Array(4).fill("57P03"));
  expect(tried).toBe(4);
  expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array(20).fill("57P03"));
  expect(tried).toBe(4);
});

it("it is tried again after that", async () => {
  await serve("57P03", 20);
  expect(await ask()).toBe("57P03");
  await pause(30);
  expect(await ask()).toBe("57P03");
  expect(tried).toBe(2);
});

it("any other refusal is no reason to rest", async () => {
  await serve("53300", 60_000);
  for (let n = 0; n < 3; n++) expect(await ask()).toBe("53300");
  expect(tried).toBe(3);
});
