import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../support/until.js";
import { hasRedisServer, type OwnRedis, startOwnRedis } from "../workers/own-redis.js";
import { expectRecovered, Load } from "./load.js";
import { type OwnDesk, startOwnDesk } from "./own-desk.js";
import { type OwnPostgres, startOwnPostgres } from "./own-postgres.js";

const folder = mkdtempSync(join(tmpdir(), "switchboard-small-disk-"));

/** A small disk of the test's own; false where this user may mount none. */
function mount(): boolean {
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=300m,mode=1777", "tmpfs", folder]);
  if (status !== 0) console.warn("SKIPPED: no tmpfs can be mounted here, so no disk can be filled");
  return status === 0;
}

const isMounted = mount();
const filler = join(folder, "filler");

/** Writes until there is no room. */
function fill(): void {
  const file = openSync(filler, "w");
  try {
    for (let size = 4 * 1024 * 1024; size >= 512; ) {
      try {
        writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        size /= 2;
      }
    }
  } finally {
    closeSync(file);
  }
}

afterAll(() => {
  if (isMounted) execFileSync("umount", ["-l", folder]);
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!isMounted || !hasRedisServer)("a full disk", () => {
  let postgres: OwnPostgres;
  let redis: OwnRedis;
  let desk: OwnDesk;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startOwnPostgres(folder), startOwnRedis()]);
    desk = await startOwnDesk({ directUrl: postgres.url, redisUrl: redis.url });
  });

  afterAll(async () => {
    await desk?.close();
    await redis?.close();
    await postgres?.close();
  });

  it("is named, costs nothing that was answered 201, and all goes on when there is room", async () => {
    const load = new Load(desk).start();
    await load.stored(20);
    fill();
    // What fits into pages that are there already is still stored: with long messages these are soon full.
    const long = { user_id: "long", body: "I have still not received my loan. ".repeat(250) };
    await until(
      async () => {
        fill();
        const answers = await Promise.all(Array.from({ length: 10 }, () => desk.call("POST", "/api/messages/", long)));
        for (const { status } of answers) expect([201, 503]).toContain(status);
        return answers.some(({ status }) => status === 503);
      },
      "the disk to be felt",
      40_000,
    );
    await load.answered(503, 5);
    const named = await until(async () => {
      await desk.call("POST", "/api/messages/", long);
      const found = await desk.ready("api");
      return found.status === 503 && found.parts.database?.ok === false && found.parts.database;
    }, "readyz to name it");
    // Where the log of Postgres itself finds no room, Postgres stops, and starts again as soon as it can.
    expect(named.detail).toMatch(/no room left on its disk|does not answer|starting or stopping/);
    const doctor = await desk.doctor();
    const finding = doctor.get("room to write") ?? doctor.get("database");
    expect(finding).toMatchObject({
      state: "fail",
      found: expect.stringMatching(/no room left|does not answer|starting/),
    });
    unlinkSync(filler);
    await expectRecovered(desk, postgres);
    await load.stored(10);
    await load.stop();
    load.expectHonest();
    await load.expectNothingLost(postgres);
  });
});
