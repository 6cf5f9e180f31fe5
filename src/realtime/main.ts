import type { Bus } from "../bus/bus.js";
import { Follower } from "../bus/follower.js";
import { openBus } from "../bus/open-bus.js";
import { openDatabase } from "../db/database.js";
import { loadConfigOrExit } from "../runtime/config.js";
import { runProcess, service } from "../runtime/lifecycle.js";
import { createLogger } from "../runtime/logger.js";
import { createTokens } from "../runtime/tokens.js";
import { databaseLog } from "./event-log.js";
import { Feed } from "./feed.js";
import { LivenessKeeper } from "./liveness-keeper.js";
import { transportOpener } from "./open-transport.js";
import { userReader } from "./read-user.js";
import { Relay } from "./relay.js";
import { ListenError } from "./transport.js";

/** The relay's process. It starts and goes on without bus and database; until they are there, upgrades get 503. */
const config = loadConfigOrExit();
const logger = createLogger("relay", config);
const db = openDatabase({ url: config.databaseUrl, name: "switchboard-relay", poolMax: config.DATABASE_POOL_MAX });
const tokens = createTokens({ secret: config.jwtSecret, accessTtlS: config.ACCESS_TTL_S });

/** null as long as there is none: what would be said over it may be lost. */
let openedBus: Bus | null = null;
const liveness = new LivenessKeeper({
  db,
  wake: () => openedBus?.wake(),
  publish: async (frame) => openedBus?.publishEphemeral(frame),
  logger,
});

const relay = new Relay({
  host: config.HOST,
  port: config.RELAY_PORT,
  maxBufferBytes: config.RELAY_MAX_BUFFER_BYTES,
  maxSockets: config.RELAY_MAX_SOCKETS,
  trustProxy: config.TRUST_PROXY ?? false,
  log: databaseLog(db),
  auth: {
    verifyToken: (token) => tokens.verify(token),
    readUser: userReader(db),
    openDemo: config.openDemo,
    allowedHosts: config.ALLOWED_HOSTS,
    allowedOrigins: config.WEBSOCKET_ALLOWED_ORIGINS,
  },
  openTransport: transportOpener(logger),
  liveness,
  logger,
});

const feed = new Feed({
  logger,
  onFed: () => relay.setFed(true),
  connect: async () => {
    const { redisUrl, databaseUrl } = config;
    const bus = await openBus({ redisUrl, databaseUrl, db, name: "switchboard-relay", logger });
    const follower = new Follower({
      bus,
      db,
      logger,
      onEvents: (events) => relay.onEvents(events),
      onEphemeral: (frame) => relay.onEphemeral(frame),
      onControl: (message) => relay.onControl(message),
    });
    try {
      await follower.start();
    } catch (error) {
      await bus.close();
      throw error;
    }
    openedBus = bus;
    return async () => {
      openedBus = null;
      await follower.stop();
      await bus.close();
    };
  },
});

const listening = service(
  relay.name,
  async () => {
    try {
      await relay.start();
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      process.stderr.write(`switchboard: ${error.message}\n`);
      logger.flush(() => process.exit(1));
      await new Promise(() => undefined);
    }
  },
  () => relay.stop(),
);

await runProcess(
  logger,
  [
    service(
      "database",
      async () => undefined,
      () => db.close(),
    ),
    feed,
    liveness,
    listening,
  ],
  config.SHUTDOWN_TIMEOUT_MS,
);
