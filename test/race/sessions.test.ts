import { afterAll, beforeAll, expect, test } from "vitest";
import { createUser } from "../../src/commands/create-user.js";
import { deleteUser } from "../../src/commands/delete-user.js";
import type { SessionContext } from "../../src/commands/open-session.js";
import { refreshSession } from "../../src/commands/refresh-session.js";
import { setPassword } from "../../src/commands/set-password.js";
import { signIn } from "../../src/commands/sign-in.js";
import { updateUser } from "../../src/commands/update-user.js";
import { createTokens } from "../../src/runtime/tokens.js";
import { admin, type Desk, openDesk } from "../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
let ctx: SessionContext;
beforeAll(async () => {
  test_ = await createTestDatabase(20);
  desk = await openDesk(test_.db);
  const tokens = createTokens({ secret: "a secret of a test, 32 characters", accessTtlS: 900 });
  ctx = { db: test_.db, tokens, refreshTtlS: 3600, sessionsMax: 5 };
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

const password = "correct horse battery";
let made = 0;
async function makeUser(role: "agent" | "admin" = "agent") {
  const email = `user${++made}@race.test`;
  const { id } = await createUser({ db: test_.db }, { role, name: email, email, password });
  return { id, email, password };
}
const sessionsOf = async (userId: number) =>
  (await test_.db.pool.query("SELECT 1 FROM refresh_tokens WHERE user_id = $1", [userId])).rows.length;
const codesOf = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code ?? outcome.reason.message] : []));

test("one refresh token shown by ten at once: one gets a pair, and the session is ended for all", async () => {
  const user = await makeUser();
  for (let round = 0; round < 5; round++) {
    const { refresh } = await signIn(ctx, user);
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => refreshSession(ctx, { refresh })));
    const renewed = outcomes.flatMap((each) => (each.outcome === "renewed" ? [each.session] : []));
    expect(renewed).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === "reused")).toHaveLength(1);
    expect(await refreshSession(ctx, { refresh: renewed[0]?.refresh ?? "" })).toEqual({ outcome: "refused" });
    expect(await sessionsOf(user.id)).toBe(0);
  }
});

test("sign-ins at once leave no more sessions than a user may have", async () => {
  const user = await makeUser();
  const sessions = await Promise.all(Array.from({ length: 8 }, () => signIn(ctx, user)));
  expect(await sessionsOf(user.id)).toBe(5);
  const outcomes = await Promise.all(sessions.map(({ refresh }) => refreshSession(ctx, { refresh })));
  expect(outcomes.filter(({ outcome }) => outcome === "renewed")).toHaveLength(5);
});

test("a user is disabled, or gets another password, while it signs in and renews: nothing of before is left", async () => {
  for (let round = 0; round < 4; round++) {
    const user = await makeUser();
    const { refresh } = await signIn(ctx, user);
    const ends =
      round % 2 === 0
        ? updateUser(desk.as(admin), { userId: user.id, disabled: true })
        : setPassword(desk.as(admin), { userId: user.id, password: "another password" });
    await Promise.allSettled([signIn(ctx, user), refreshSession(ctx, { refresh }), ends, signIn(ctx, user)]);
    await ends;
    expect(await sessionsOf(user.id)).toBe(0);
  }
});

test("admins who disable and delete each other at once: one is left, every time", async () => {
  for (let round = 0; round < 8; round++) {
    await test_.db.pool.query("UPDATE users SET disabled_at = now() WHERE role = 'admin' AND disabled_at IS NULL");
    const ids = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const user = { role: "admin", name: "Admin", email: null, password: null } as const;
        return (await createUser({ db: test_.db }, user)).id;
      }),
    );
    const outcomes = await Promise.allSettled(
      ids.flatMap((userId) => [
        updateUser(desk.as(admin), { userId, disabled: true }),
        deleteUser(desk.as(admin), { userId }),
      ]),
    );
    const codes = codesOf(outcomes);
    expect(codes.filter((code) => !["last_admin", "user_not_found"].includes(code))).toEqual([]);
    expect(codes).toContain("last_admin");
    const { rows } = await test_.db.pool.query("SELECT 1 FROM users WHERE role = 'admin' AND disabled_at IS NULL");
    expect(rows).toHaveLength(1);
  }
});
