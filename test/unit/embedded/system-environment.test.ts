import { describe, expect, test } from "vitest";
import {
  firstAdmin,
  planSystem,
  reachableHost,
  refuseFreshElsewhere,
} from "../../../src/embedded/system-environment.js";
import { ConfigError } from "../../../src/runtime/config.js";

const elsewhere = { DATABASE_URL: "postgres://db/desk", JWT_SECRET: "s".repeat(32) };

function problems(env: NodeJS.ProcessEnv): string[] {
  try {
    planSystem(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe("the open demo", () => {
  test.each([
    [{}, true],
    [{ HOST: "localhost" }, true],
    [{ OPEN_DEMO: "0" }, false],
    [{ HOST: "0.0.0.0" }, false],
    [{ NODE_ENV: "production" }, false],
    [elsewhere, false],
  ])("%j: %s", (env, open) => {
    expect(planSystem(env).openDemo).toBe(open);
  });

  test("is refused where it must not be, before anything starts", () => {
    expect(problems({ OPEN_DEMO: "1", HOST: "0.0.0.0" })).toEqual(["OPEN_DEMO: refused, HOST is not loopback"]);
    expect(problems({ OPEN_DEMO: "1", ...elsewhere })).toEqual([
      "OPEN_DEMO: refused, the database is not the embedded one",
    ]);
  });
});

test("with a database of one's own the secret must be given, and there is no demo admin", () => {
  expect(problems({ DATABASE_URL: elsewhere.DATABASE_URL })).toEqual(["JWT_SECRET: required (32 characters or more)"]);
  expect(firstAdmin(planSystem(elsewhere))).toBeNull();
  const given = { ADMIN_EMAIL: "ann@example.org", ADMIN_PASSWORD: "long enough" };
  expect(firstAdmin(planSystem({ ...elsewhere, ...given }))).toEqual({
    email: "ann@example.org",
    password: "long enough",
  });
  expect(() => refuseFreshElsewhere(planSystem(elsewhere), true)).toThrow(expect.objectContaining({ exitCode: 2 }));
});

test("where the queue is", () => {
  expect(planSystem({}).queue).toBe("ours");
  expect(planSystem({ REDIS_URL: "" }).queue).toBe("ours");
  expect(planSystem({ REDIS_URL: "none" }).queue).toBe("postgres");
  expect(planSystem({ REDIS_URL: "redis://queue" }).queue).toBe("given");
});

test("every wrong setting is told", () => {
  expect(problems({ WEB_CONCURRENCY: "many", LOG_LEVEL: "loud" })).toHaveLength(2);
  expect(problems({ PORT: "9000", RELAY_PORT: "9000" })).toEqual(["RELAY_PORT: the same as PORT (9000)"]);
});

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1"],
  ["::", "[::1]"],
  ["::1", "[::1]"],
  ["[::1]", "[::1]"],
  ["desk.example.org", "desk.example.org"],
])("a server that listens on %s is reached at %s", (host, reached) => {
  expect(reachableHost(host)).toBe(reached);
});
