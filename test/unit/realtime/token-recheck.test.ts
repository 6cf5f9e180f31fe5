import { expect, it, vi } from "vitest";
import type { Standing } from "../../../src/db/queries/read-standing.js";
import type { Viewer } from "../../../src/realtime/authenticate.js";
import { TokenRecheck } from "../../../src/realtime/token-recheck.js";
import { silentLogger } from "../../support/silent-logger.js";
import { until } from "../../support/until.js";

const standing = (id: number, change: Partial<Standing> = {}): Standing => ({
  id,
  role: "agent",
  name: "Amina",
  tokenVersion: 1,
  disabled: false,
  userId: null,
  sessions: ["open"],
  ...change,
});

function holder(userId: number, bearer: Partial<Viewer["bearer"]> = {}) {
  const viewer: Viewer = {
    actor: { kind: "user", id: userId, role: "agent", name: "Amina" },
    expiresAtMs: 2e12,
    bearer: { userId, version: 1, session: null, role: null, exp: 2e9, ...bearer },
  };
  return { viewer, close: vi.fn() };
}
const watcher = {
  viewer: { actor: { kind: "demo", id: null, role: "admin", name: "watcher" }, expiresAtMs: null, bearer: null },
  close: vi.fn(),
} as const;

function recheck(holders: ReturnType<typeof holder>[], standings: Standing[], everyMs?: number) {
  const readStandings = vi.fn(async (ids: readonly number[]) => standings.filter(({ id }) => ids.includes(id)));
  const given = { holders: () => [...holders, watcher], readStandings, logger: silentLogger };
  return { service: new TokenRecheck({ ...given, ...(everyMs === undefined ? {} : { everyMs }) }), readStandings };
}

it("closes the sockets whose tokens stand no more, and no others, with one read", async () => {
  const stays = [holder(1), holder(1, { session: "open" }), holder(7, { role: "agent", version: 1 })];
  const goes = [holder(2), holder(3), holder(4), holder(1, { session: "ended" })];
  const { service, readStandings } = recheck(
    [...stays, ...goes],
    [standing(1), standing(2, { disabled: true }), standing(3, { tokenVersion: 2 }), standing(7)],
  );
  expect(await service.look()).toBe(4);
  for (const { close } of goes) expect(close).toHaveBeenCalledExactlyOnceWith(4401, "the token was revoked");
  for (const { close } of [...stays, watcher]) expect(close).not.toHaveBeenCalled();
  expect(readStandings.mock.calls.map(([ids]) => [...ids].sort())).toEqual([[1, 2, 3, 4, 7]]);
});

it("closes a socket with 4403 when the user's role is another one now", async () => {
  const [ours, outside] = [holder(1), holder(2, { role: "agent" })];
  const { service } = recheck([ours, outside], [standing(1, { role: "customer" }), standing(2, { role: "admin" })]);
  await service.look();
  for (const { close } of [ours, outside]) expect(close).toHaveBeenCalledExactlyOnceWith(4403, expect.any(String));
});

it("looks again and again, also after the database was away, until it is stopped", async () => {
  const { service, readStandings } = recheck([holder(1)], [standing(1)], 1);
  readStandings.mockRejectedValueOnce(new Error("connect ECONNREFUSED"));
  await service.start();
  await until(() => readStandings.mock.calls.length > 2, "three looks");
  await service.stop();
  const looks = readStandings.mock.calls.length;
  await new Promise((resolve) => setImmediate(resolve));
  expect(readStandings.mock.calls.length).toBe(looks);
});
