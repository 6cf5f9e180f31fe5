import cluster from "node:cluster";
import { openBus } from "../bus/open-bus.js";
import { openFillGate } from "../commands/fill-gate.js";
import { Intake } from "../commands/intake.js";
import { openDatabase } from "../db/database.js";
import { QueueAdmin } from "../queue/admin.js";
import { boardQueues } from "../queue/board.js";
import { openStore } from "../queue/open-store.js";
import { type Config, loadConfigOrExit } from "../runtime/config.js";
import { runProcess, type Service, service } from "../runtime/lifecycle.js";
import { createLogger, type Logger } from "../runtime/logger.js";
import { createMetrics } from "../runtime/metrics.js";
import { createTokens } from "../runtime/tokens.js";
import { createApp } from "./app.js";
import { addGauges } from "./gauges.js";
import { HttpServer, ListenError } from "./http-server.js";
import { Sightings } from "./sightings.js";
import { passUpgrades } from "./upgrade.js";
import { WorkerProcesses } from "./worker-processes.js";

/** Kept back from the shutdown's time for what comes after the last request: the intake's flush, the connections. */
const afterDrainMs = 2000;

/** One API process: it starts and stays up without database, queue and bus; `/readyz` says which is away. */
async function services(config: Config, logger: Logger): Promise<Service[]> {
  const name = "switchboard-api";
  const { databaseUrl, redisUrl } = config;
  const db = openDatabase({ url: databaseUrl, name, poolMax: config.DATABASE_POOL_MAX });
  const bus = await openBus({ redisUrl, databaseUrl, db, name, logger });
  const store = openStore({ redisUrl, databaseUrl, name, logger });
  const queue = new QueueAdmin(store);
  // Of its own: however many replies wait for a connection, a customer's message does not wait behind them.
  const intakeDb = openDatabase({ url: databaseUrl, name: `${name}-intake`, poolMax: config.INTAKE_FLUSHES });
  const intake = new Intake({
    db: intakeDb,
    limits: config,
    wake: () => bus.wake(),
    flushRows: config.INTAKE_FLUSH_ROWS,
    flushes: config.INTAKE_FLUSHES,
    queueMax: config.INTAKE_QUEUE_MAX,
  });
  const metrics = createMetrics(cluster.worker ? `api-${cluster.worker.id}` : "api");
  addGauges({ metrics, db, intake });
  const sightings = new Sightings({ db, leaseMinutes: config.OWNERSHIP_LEASE_MINUTES, logger });
  const app = createApp({
    config,
    db,
    bus,
    intake,
    fillGate: openFillGate(config),
    sightings,
    tokens: createTokens({ secret: config.jwtSecret, accessTtlS: config.ACCESS_TTL_S }),
    metrics,
    logger,
    pingQueue: (timeoutMs) => queue.ping(timeoutMs),
    boardQueues: () => boardQueues(store),
  });
  const drainMs = Math.max(0, config.SHUTDOWN_TIMEOUT_MS - afterDrainMs);
  const http = new HttpServer({ fetch: app.fetch, host: config.HOST, port: config.PORT, drainMs });
  const pipes = passUpgrades(http.server, config.relayUrl, { trustProxy: config.TRUST_PROXY ?? false, logger });
  const idle = async () => undefined;
  return [
    service("database", idle, async () => void (await Promise.all([db.close(), intakeDb.close()]))),
    service("queue", idle, () => store.close()),
    service("bus", idle, () => bus.close()),
    intake,
    sightings,
    service(
      "http",
      async () => {
        await startOrExit(http);
        logger.info({ host: config.HOST, port: http.port }, "listening");
      },
      () => {
        const stopped = http.stop();
        pipes.stop();
        return stopped;
      },
    ),
  ];
}

/** Listens; when the address is taken, says so in one sentence and ends the process with 1. */
async function startOrExit(http: HttpServer): Promise<void> {
  try {
    await http.start();
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    process.stderr.write(`switchboard: ${error.message}\n`);
    process.exit(1);
  }
}

const config = loadConfigOrExit();
const logger = createLogger("api", config);
const many = cluster.isPrimary && config.WEB_CONCURRENCY > 1;
await runProcess(
  logger,
  many ? [new WorkerProcesses(config.WEB_CONCURRENCY, logger)] : await services(config, logger),
  config.SHUTDOWN_TIMEOUT_MS,
);
