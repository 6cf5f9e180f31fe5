import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigError, loadConfig, parseSettings } from "../../../src/runtime/config.js";
import { envExample } from "../../../src/runtime/env-example.js";
import { packageRoot } from "../../../src/runtime/package-root.js";

const secret = "a secret of more than thirty-two characters";

test(".env.example is what the schema says", () => {
  expect(readFileSync(join(packageRoot, ".env.example"), "utf8")).toBe(envExample());
});

test("all that is wrong is said at once", () => {
  try {
    parseSettings({ PORT: "http", ACCESS_TTL_S: "-1", LOG_LEVEL: "loud" });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map((problem) => problem.split(":")[0])).toEqual([
      "PORT",
      "ACCESS_TTL_S",
      "LOG_LEVEL",
    ]);
  }
});

test("the open demo is refused on a database of one's own, off loopback, and in production", () => {
  const env = { DATABASE_URL: "postgres://x", JWT_SECRET: secret, OPEN_DEMO: "1" };
  const problemsOf = (extra: Record<string, string>) => {
    try {
      loadConfig({ ...env, ...extra });
      return [];
    } catch (error) {
      return (error as ConfigError).problems;
    }
  };
  expect(problemsOf({})).toEqual(["OPEN_DEMO: refused, the database is not the embedded one"]);
  expect(problemsOf({ SWITCHBOARD_EMBEDDED: "1", HOST: "0.0.0.0" })).toHaveLength(1);
  expect(problemsOf({ SWITCHBOARD_EMBEDDED: "1", NODE_ENV: "production" })).toHaveLength(1);
  expect(problemsOf({ SWITCHBOARD_EMBEDDED: "1" })).toEqual([]);
});

test("REDIS_URL=none and an unset one put the queue on Postgres", () => {
  const env = { DATABASE_URL: "postgres://x", JWT_SECRET: secret };
  expect(loadConfig({ ...env, REDIS_URL: "none" }).redisUrl).toBeNull();
  expect(loadConfig(env).redisUrl).toBeNull();
  expect(loadConfig({ ...env, REDIS_URL: "redis://h" }).redisUrl).toBe("redis://h");
});
