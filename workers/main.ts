import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBus } from "../src/bus/open-bus.js";
import { openFillGate } from "../src/commands/fill-gate.js";
import { type Stage, stages } from "../src/contract/events.js";
import { openDatabase } from "../src/db/database.js";
import { mailDeadlineMs, openMailChannel } from "../src/delivery/mail-channel.js";
import { openWebhookChannel } from "../src/delivery/webhook-channel.js";
import { QueueAdmin } from "../src/queue/admin.js";
import { meterBites } from "../src/queue/meter-sequencer.js";
import { openStore } from "../src/queue/open-store.js";
import { Sequencer } from "../src/queue/sequencer.js";
import { createProducer } from "../src/queue/stage-producer.js";
import { StageWorker } from "../src/queue/stage-worker.js";
import { stageSettings } from "../src/queue/stages.js";
import { loadConfigOrExit } from "../src/runtime/config.js";
import { runProcess, service } from "../src/runtime/lifecycle.js";
import { LocalFiles } from "../src/runtime/local-files.js";
import { createLogger } from "../src/runtime/logger.js";
import { createMetrics } from "../src/runtime/metrics.js";
import { MetricsServer } from "../src/runtime/metrics-server.js";
import { openOutbound } from "../src/runtime/outbound.js";
import { openSecretBox } from "../src/runtime/secret-box.js";
import { SystemPages } from "../src/runtime/system-pages.js";
import { assignStage } from "./assign.js";
import { Courier } from "./courier.js";
import { DatabaseGate } from "./database-gate.js";
import { deliverStage } from "./deliver.js";
import { createDeliveryMetrics } from "./delivery-metrics.js";
import { maintainStage } from "./maintain.js";
import { MaintenanceTimer } from "./maintenance-timer.js";
import { lookAtWorkersParts, meterWorker } from "./meter-worker.js";
import { routeStage } from "./route.js";
import { scoreStage, type WorkerContext } from "./score.js";
import { runStage, type StageProcessor } from "./stage.js";
import { createStageMetrics } from "./stage-metrics.js";

/** The stages of `--stages score,route`; undefined: all. Exits with 64 (EX_USAGE) on a name that is none. */
function chosenStages(): readonly Stage[] {
  const { values } = parseArgs({ options: { stages: { type: "string" } } });
  const names = values.stages?.split(",").map((name) => name.trim()) ?? [...stages];
  const unknown = names.filter((name) => !stages.some((stage) => stage === name));
  if (unknown.length > 0) {
    process.stderr.write(`worker: no stage ${unknown.join(", ")}; there are ${stages.join(", ")}\n`);
    process.exit(64);
  }
  return stages.filter((stage) => names.includes(stage));
}

const chosen = chosenStages();
const config = loadConfigOrExit();
const logger = createLogger("worker", config);
const name = "switchboard-worker";
/** Jobs are set-wise: a few connections work all stages, and leave the rest to the API. */
const poolMax = Math.min(config.DATABASE_POOL_MAX, 6);
/**
 * A transaction of ours waits for nobody but Postgres. One in which nothing is asked for that long is a stopped process'
 * (a frozen machine, swapping), and one customer's row that it holds stops the whole flush in which that customer writes.
 */
const idleInTransactionMs = 3000;
const db = openDatabase({ url: config.databaseUrl, name, poolMax, idleInTransactionMs });
const { databaseUrl, redisUrl } = config;
const bus = await openBus({ redisUrl, databaseUrl, db, name, logger });
const store = await openStore({ redisUrl, databaseUrl, name, logger, workers: chosen.length });
const admin = new QueueAdmin(store);
const producer = createProducer(store, config);
const metrics = createMetrics("worker");
const sequencer = new Sequencer({ databaseUrl, bus, producer, logger, name, onBite: meterBites(metrics) });
const fillGate = openFillGate(config);
const metered = { db, bus, admin, sequencer, fillGate, logger };
meterWorker(metrics, metered);
const pages = new SystemPages({ metrics, look: () => lookAtWorkersParts(metered), token: config.METRICS_TOKEN });

const ctx: WorkerContext = { db, limits: config, wake: () => bus.wake() };
const route = { mail: config.SMTP_URL !== undefined, readWithinMs: config.REPLY_READ_WITHIN_S * 1000 };
const mail = config.SMTP_URL
  ? openMailChannel({ url: config.SMTP_URL, from: config.MAIL_FROM, connections: config.MAIL_CONCURRENCY })
  : null;
const courier = new Courier({
  ctx,
  webhook: openWebhookChannel({
    outbound: openOutbound({ allow: config.OUTBOUND_ALLOW, keepAlive: true }),
    deadlineMs: config.WEBHOOK_DEADLINE_MS,
  }),
  mail,
  secrets: openSecretBox(config.jwtSecret, config.JWT_PREVIOUS_SECRETS),
  route,
  webhookConcurrency: config.WEBHOOK_CONCURRENCY,
  mailConcurrency: config.MAIL_CONCURRENCY,
  webhookDeadlineMs: config.WEBHOOK_DEADLINE_MS,
  mailDeadlineMs,
  logKeptMs: config.EVENT_RETENTION_DAYS * 86_400_000,
  metrics: createDeliveryMetrics(metrics),
  logger,
  drainMs: Math.max(100, config.SHUTDOWN_TIMEOUT_MS - 6000),
});
const processors: Record<Stage, StageProcessor> = {
  score: scoreStage(ctx),
  route: routeStage(ctx),
  assign: assignStage(ctx, fillGate),
  deliver: deliverStage(ctx, route, courier),
  maintain: maintainStage(ctx, {
    admin,
    producer,
    bus,
    leaseMinutes: config.OWNERSHIP_LEASE_MINUTES,
    eventRetentionDays: config.EVENT_RETENTION_DAYS,
    deliveryRetentionDays: config.DELIVERY_RETENTION_DAYS,
    botAnswerWithinS: config.BOT_ANSWER_WITHIN_S,
    files: new LocalFiles(join(config.dataDir, "uploads")),
  }),
};
const tools = { logger, metrics: createStageMetrics(metrics), gate: new DatabaseGate(db), producer };
/** Less than the process has, so that stages and connections still close in order. */
const drainMs = Math.max(100, config.SHUTDOWN_TIMEOUT_MS - 4000);
const workers = chosen.map((stage) => {
  const handler = runStage(stage, processors[stage], tools);
  return new StageWorker({ store, stage, settings: stageSettings(stage, config), handler, logger, drainMs });
});

const nothing = async () => undefined;
await runProcess(
  logger,
  [
    new MetricsServer({ pages, host: config.HOST, port: config.WORKER_METRICS_PORT, logger }),
    service("database", nothing, () => db.close()),
    service("bus", nothing, () => bus.close()),
    service("queue store", nothing, () => store.close()),
    sequencer,
    service("mail", nothing, async () => mail?.close()),
    ...(chosen.includes("deliver") ? [courier] : []),
    service(
      "stages",
      async () => void (await Promise.all(workers.map((worker) => worker.start()))),
      async () => void (await Promise.all(workers.map((worker) => worker.stop()))),
    ),
    new MaintenanceTimer({ admin, producer, logger, intervalMs: config.SWEEP_INTERVAL_MS }),
  ],
  config.SHUTDOWN_TIMEOUT_MS,
);
