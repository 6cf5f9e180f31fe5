import { expect, test } from "vitest";
import { changedSettings } from "../../../cli/doctor/show-settings.js";
import { parseSettings } from "../../../src/runtime/config.js";

test("what is set is shown, what is secret is not", () => {
  const settings = parseSettings({
    PORT: "8123",
    HOST: "127.0.0.1",
    JWT_SECRET: "s".repeat(40),
    ADMIN_PASSWORD: "hunter2hunter2",
    METRICS_TOKEN: "m".repeat(20),
    BOT_API_KEY: "sk-geheim",
    BOT_DAY_TOKENS_MAX: "5000",
    ACCESS_TTL_S: "60",
    DATABASE_URL: "postgres://desk:geheim@db:5432/desk",
    REDIS_URL: "redis://:geheim@cache:6379",
  });
  const shown = changedSettings(settings);
  expect(shown).toMatchObject({
    PORT: "8123",
    ACCESS_TTL_S: "60",
    JWT_SECRET: "[redacted]",
    ADMIN_PASSWORD: "[redacted]",
    METRICS_TOKEN: "[redacted]",
    BOT_API_KEY: "[redacted]",
    BOT_DAY_TOKENS_MAX: "5000",
    DATABASE_URL: "postgres://desk:[redacted]@db:5432/desk",
    REDIS_URL: "redis://:[redacted]@cache:6379",
  });
  expect(shown).not.toHaveProperty("HOST");
  expect(JSON.stringify(shown)).not.toMatch(/geheim|hunter2|sss|mmm/);
});
