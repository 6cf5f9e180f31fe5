import { expect, test } from "vitest";
import { HttpClient } from "../../../src/console/http/http-client.js";
import { type KeptSession, Session } from "../../../src/console/http/session.js";

const user = { id: 1, role: "agent" as const, name: "Agent 1", email: null };
const token = (name: string, exp: number) => `h.${btoa(JSON.stringify({ name, exp }))}.s`;

/** A desk whose refresh tokens are good once, and browsers that share what they keep. */
function desk() {
  let good = "r0";
  let count = 0;
  let isOver = false;
  const refreshes: string[] = [];
  let kept: KeptSession | null = { refresh: "r0", user };
  let line: Promise<unknown> = Promise.resolve();
  const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });
  const fetcher = (async (path: string, init: RequestInit) => {
    if (path === "/api/auth/refresh/") {
      const { refresh } = JSON.parse(String(init.body)) as { refresh: string };
      refreshes.push(refresh);
      if (isOver || refresh !== good) {
        isOver = true;
        return answer(401, { status: "unauthorized", detail: "used" });
      }
      good = `r${++count}`;
      return answer(200, { access: token(good, 1000), refresh: good, user });
    }
    const { authorization } = init.headers as Record<string, string>;
    return authorization === `Bearer ${token(good, 1000)}`
      ? answer(200, { ok: true })
      : answer(401, { status: "unauthorized" });
  }) as unknown as typeof fetch;
  const tab = () =>
    new Session({
      fetch: fetcher,
      keeper: {
        load: () => kept,
        save: (next) => {
          kept = next;
        },
      },
      alone: (run) => {
        const mine = line.then(run, run);
        line = mine.catch(() => undefined);
        return mine;
      },
      now: () => 0,
    });
  return { tab, fetcher, refreshes, end: () => (isOver = true), kept: () => kept };
}

test("a refresh token is shown once, however many calls of however many tabs ask for a token", async () => {
  const { tab, refreshes } = desk();
  const tabs = [tab(), tab(), tab()];
  const tokens = await Promise.all(tabs.flatMap((one) => [one.token(), one.token(), one.renew()]));
  expect(new Set(refreshes).size).toBe(refreshes.length);
  expect(refreshes).toEqual(["r0", "r1", "r2"]);
  expect(new Set(tokens).size).toBe(3);
});

test("a token that was refused is renewed, and the call made once more", async () => {
  const { tab, fetcher, refreshes } = desk();
  const session = tab();
  const http = new HttpClient(session, fetcher);
  expect(await http.call("GET", "/api/one/")).toEqual({ ok: true });
  // Another tab renewed: the token of this one is not the desk's any more.
  await tab().renew();
  expect(await http.call("GET", "/api/two/")).toEqual({ ok: true });
  expect(refreshes).toEqual(["r0", "r1", "r2"]);
});

test("a session that is over is nobody's, and its listeners are told", async () => {
  const { tab, end, kept } = desk();
  const session = tab();
  let told = 0;
  session.subscribe(() => told++);
  expect(session.user).toEqual(user);
  end();
  await expect(session.token()).rejects.toMatchObject({ status: 401 });
  expect([session.user, kept(), told]).toEqual([null, null, 1]);
});
