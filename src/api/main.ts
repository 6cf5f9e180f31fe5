import cluster from "node:cluster";
import { join } from "node:path";
import { createBot } from "../bot/create-bot.js";
import { Follower } from "../bus/follower.js";
import { openBus } from "../bus/open-bus.js";
import { openFillGate } from "../commands/fill-gate.js";
import { GatheredPosts } from "../commands/gathered-posts.js";
import { GatheredPulls } from "../commands/gathered-pulls.js";
import { GatheredReplies } from "../commands/gathered-replies.js";
import { Intake } from "../commands/intake.js";
import { meterFlushes } from "../commands/meter-flushes.js";
import { openDatabase } from "../db/database.js";
import { QueueAdmin } from "../queue/admin.js";
import { boardQueues } from "../queue/board.js";
import { openStore } from "../queue/open-store.js";
import { type Config, environment, loadConfigOrExit } from "../runtime/config.js";
import { runProcess, type Service, service } from "../runtime/lifecycle.js";
import { LocalFiles } from "../runtime/local-files.js";
import { createLogger, type Logger } from "../runtime/logger.js";
import { createMetrics } from "../runtime/metrics.js";
import { clusterMetrics, MetricsExchange } from "../runtime/metrics-cluster.js";
import { openLimiter } from "../runtime/open-limiter.js";
import { createPictureAddresses } from "../runtime/picture-addresses.js";
import { openSecretBox } from "../runtime/secret-box.js";
import { createTokens } from "../runtime/tokens.js";
import { createApp } from "./app.js";
import { addGauges } from "./gauges.js";
import { HttpServer, ListenError } from "./http-server.js";
import { createLimits } from "./middleware/rate-limit.js";
import { QueueIndex } from "./queue-index.js";
import { Sightings } from "./sightings.js";
import { StreamNews } from "./stream-news.js";
import { passUpgrades } from "./upgrade.js";
import { WorkerProcesses } from "./worker-processes.js";
import { WriteWatch } from "./write-watch.js";

/** Kept back from the shutdown's time for what comes after the last request: the intake's flush, the connections. */
const afterDrainMs = 2000;

/** A flush takes some ten milliseconds; it is tried twice, and nobody waits for its 503 longer than that. */
const flushTimeoutMs = 5000;

/** One API process: it starts and stays up without database, queue and bus; `/readyz` says which is away. */
async function services(config: Config, logger: Logger): Promise<Service[]> {
  const name = "switchboard-api";
  const { databaseUrl, redisUrl } = config;
  const db = openDatabase({ url: databaseUrl, name, poolMax: config.DATABASE_POOL_MAX });
  const bus = await openBus({ redisUrl, databaseUrl, db, name, logger });
  const store = await openStore({ redisUrl, databaseUrl, name, logger });
  const queue = new QueueAdmin(store);
  // Of its own: however many replies wait for a connection, a customer's message does not wait behind them.
  const intakeDb = openDatabase({
    url: databaseUrl,
    name: `${name}-intake`,
    poolMax: config.INTAKE_FLUSHES,
    statementTimeoutMs: flushTimeoutMs,
  });
  const own = createMetrics(cluster.worker ? `api-${environment().API_SLOT ?? cluster.worker.id}` : "api");
  const metrics = cluster.worker ? clusterMetrics(own) : own;
  const observeFlush = meterFlushes(metrics, "intake");
  const writes = new WriteWatch();
  const intake = new Intake({
    db: intakeDb,
    limits: config,
    wake: () => bus.wake(),
    flushRows: config.INTAKE_FLUSH_ROWS,
    flushes: config.INTAKE_FLUSHES,
    queueMax: config.INTAKE_QUEUE_MAX,
    onFlush: (messages, seconds, error) => {
      observeFlush(messages, seconds, error);
      writes.flushed(error);
    },
  });
  const together = {
    db,
    wake: () => bus.wake(),
    flushRows: config.INTAKE_FLUSH_ROWS,
    queueMax: config.INTAKE_QUEUE_MAX,
  };
  const posts = new GatheredPosts({ ...together, onFlush: meterFlushes(metrics, "posts") });
  const replies = new GatheredReplies({ ...together, onFlush: meterFlushes(metrics, "replies") });
  const pulls = new GatheredPulls({
    ...together,
    queueMax: config.FILL_QUEUE_MAX,
    waitMs: config.FILL_WAIT_MS,
    onFlush: meterFlushes(metrics, "pulls"),
  });
  const fillGate = openFillGate(config);
  const pingQueue = (timeoutMs: number) => queue.ping(timeoutMs);
  const tryStoring = () => writes.look(db);
  addGauges({ metrics, db, intakeDb, intake, fillGate, bus, pingQueue, tryStoring, logger });
  const limiter = openLimiter({ redisUrl, name, logger });
  const limits = createLimits({ limiter, settings: config, trustProxy: config.TRUST_PROXY ?? false });
  const sightings = new Sightings({ db, leaseMinutes: config.OWNERSHIP_LEASE_MINUTES, logger });
  const news = new StreamNews({
    logger,
    follow: async (handlers) => {
      const follower = new Follower({ bus, db, logger, ...handlers });
      await follower.start();
      return () => follower.stop();
    },
  });
  const app = createApp({
    config,
    db,
    bus,
    intake,
    posts,
    replies,
    pulls,
    fillGate,
    sightings,
    news,
    tokens: createTokens(config.tokens),
    bot: await createBot(config, logger),
    uploads: {
      files: new LocalFiles(join(config.dataDir, "uploads")),
      addresses: createPictureAddresses(config.jwtSecret),
    },
    secrets: openSecretBox(config.jwtSecret, config.JWT_PREVIOUS_SECRETS),
    limits,
    metrics,
    logger,
    pingQueue,
    stageFigures: () => queue.figures(),
    tryStoring,
    boardQueues: () => boardQueues(store),
  });
  const drainMs = Math.max(0, config.SHUTDOWN_TIMEOUT_MS - afterDrainMs);
  const http = new HttpServer({ fetch: app.fetch, host: config.HOST, port: config.PORT, drainMs });
  const pipes = passUpgrades(http.server, config.relayUrl, { trustProxy: config.TRUST_PROXY ?? false, logger });
  const idle = async () => undefined;
  return [
    service("database", idle, async () => void (await Promise.all([db.close(), intakeDb.close()]))),
    service("queue", idle, () => store.close()),
    service("limits", idle, () => limiter.close()),
    service("bus", idle, () => bus.close()),
    service("news", idle, () => news.stop()),
    intake,
    posts,
    replies,
    pulls,
    sightings,
    ...(config.AGENT_VISIBILITY === "queues" ? [new QueueIndex({ db, logger })] : []),
    service(
      "http",
      async () => {
        await startOrExit(http);
        logger.info({ host: config.HOST, port: http.port }, "listening");
      },
      () => {
        news.release();
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
  many ? [new MetricsExchange(), new WorkerProcesses(config.WEB_CONCURRENCY, logger)] : await services(config, logger),
  config.SHUTDOWN_TIMEOUT_MS,
);
