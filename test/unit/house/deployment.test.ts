import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { packageRoot } from "../../../src/runtime/package-root.js";
import { settingsSchema } from "../../../src/runtime/settings.js";

// No container engine is needed to catch what breaks most often here: a name that is written twice and spelled once.

interface Service {
  environment?: Record<string, string>;
  command?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

const read = (name: string) => readFileSync(join(packageRoot, name), "utf8");
const compose = parse(read("docker-compose.yml"), { merge: true }) as { services: Record<string, Service> };

test("compose has every process, each after what it needs, with health checks", () => {
  const { services } = compose;
  expect(Object.keys(services).sort()).toEqual(["migrate", "postgres", "redis", "relay", "web", "worker"]);
  for (const name of ["web", "worker", "relay"]) {
    expect(services[name]?.depends_on).toEqual({
      migrate: { condition: "service_completed_successfully" },
      redis: { condition: "service_healthy" },
    });
  }
  for (const name of ["postgres", "redis", "web", "relay"]) expect(services[name]?.healthcheck?.test).toBeDefined();
});

test("compose sets only settings that exist", () => {
  for (const name of ["web", "worker", "relay", "migrate"]) {
    const given = Object.keys(compose.services[name]?.environment ?? {});
    expect(given.length).toBeGreaterThan(0);
    for (const setting of given) expect(Object.keys(settingsSchema.shape)).toContain(setting);
  }
});

test("Procfile, compose and Dockerfile start files that the build makes", () => {
  const started = [
    ...`${read("Procfile")}${read("docker-compose.yml")}${read("Dockerfile")}`.matchAll(/dist\/([\w/-]+)\.js/g),
  ];
  expect(started.length).toBeGreaterThan(6);
  for (const [, path] of started) expect(() => read(`${path}.ts`)).not.toThrow();
});

test("the Dockerfile copies what the build and the processes read", () => {
  const copied = [...read("Dockerfile").matchAll(/^COPY (?!--)(\S+)/gm)].map((match) => match[1]);
  for (const folder of ["src", "workers", "migrations", "cli", "data", "tsconfig.json"])
    expect(copied).toContain(folder);
});
