import type { Bus } from "../../src/bus/bus.js";
import { openBus } from "../../src/bus/open-bus.js";
import { stages } from "../../src/contract/events.js";
import type { Database } from "../../src/db/database.js";
import { QueueAdmin } from "../../src/queue/admin.js";
import { openStore } from "../../src/queue/open-store.js";
import type { Config } from "../../src/runtime/config.js";
import { pause } from "../../src/runtime/deadline.js";
import { createLogger } from "../../src/runtime/logger.js";
import { troubleOf } from "../../src/runtime/trouble.js";
import { sentenceOf } from "../explain-error.js";
import { type Check, fail, ok, warn } from "./check.js";

const deadlineMs = 3000;
const lookEveryMs = 50;
const name = "switchboard-doctor";

const whereOf = (config: Config) => (config.redisUrl === null ? "Postgres" : "Redis");
const adviceOf = (config: Config) =>
  config.redisUrl === null
    ? "it is on Postgres (REDIS_URL=none): see the database's checks"
    : "start Redis, and check REDIS_URL; nothing is lost meanwhile, jobs and news wait in Postgres";

/** Whether queue and bus answer, and whether jobs died. */
export async function checkQueueAndBus(config: Config, db: Database): Promise<Check[]> {
  const logger = createLogger(name, { LOG_LEVEL: "silent", LOG_FORMAT: "json" });
  const { redisUrl, databaseUrl } = config;
  const store = await openStore({ redisUrl, databaseUrl, name, logger });
  const bus = await openBus({ redisUrl, databaseUrl, db, name, logger });
  try {
    const admin = new QueueAdmin(store);
    const [queue, busCheck] = await Promise.all([
      checkQueue(admin, config),
      pingUntil(bus).then(
        () => ok("bus", `answers (${bus.driver})`),
        (error: unknown) => fail("bus", sentenceOf(error), adviceOf(config)),
      ),
    ]);
    return [queue, busCheck];
  } finally {
    await bus.close();
    await store.close();
  }
}

async function checkQueue(admin: QueueAdmin, config: Config): Promise<Check> {
  try {
    await admin.ping(deadlineMs);
    const counts = await admin.counts();
    const waiting = stages.reduce((sum, stage) => sum + counts[stage].waiting, 0);
    const found = `answers (${whereOf(config)}); ${waiting} wait`;
    const dead = stages.filter((stage) => counts[stage].dead > 0);
    if (dead.length === 0) return ok("queue", `${found}, none dead`);
    const died = dead.map((stage) => `${counts[stage].dead} of ${stage}`).join(", ");
    const advice = "see why (switchboard queue failed), mend it, then: switchboard queue retry <stage>";
    return warn("queue", `${found}; dead: ${died}`, advice);
  } catch (error) {
    const { says, advice } = troubleOf(error);
    const own = config.redisUrl === null || says.startsWith("does not answer") ? adviceOf(config) : advice;
    return fail("queue", `${whereOf(config)} ${says} (${sentenceOf(error)})`, own);
  }
}

/** The bus is opened unconnected, and says so at once: it gets a while to connect. */
async function pingUntil(bus: Bus): Promise<void> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await bus.ping(deadlineMs);
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(lookEveryMs);
    }
  }
}

/** Whether the API of these settings answers. */
export async function checkApi(config: Config): Promise<Check> {
  const url = `http://${config.HOST}:${config.PORT}/readyz`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(deadlineMs) });
    const text = (await answer.text()).slice(0, 200);
    return answer.ok
      ? ok("API", `${url} is ready`)
      : warn("API", `${url} answers ${answer.status}: ${text}`, "see above");
  } catch {
    return warn("API", `${url} does not answer`, "start it, or set HOST and PORT to where it listens");
  }
}
