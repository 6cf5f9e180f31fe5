import { randomUUID } from "node:crypto";
import type { Bus, EphemeralFrame } from "../bus/bus.js";
import { Follower } from "../bus/follower.js";
import { openBus } from "../bus/open-bus.js";
import { admitOutsideUser } from "../commands/admit-outside-user.js";
import { GatheredPosts } from "../commands/gathered-posts.js";
import { markRead } from "../commands/mark-read.js";
import { meterFlushes } from "../commands/meter-flushes.js";
import { noteDelivered } from "../commands/note-delivered.js";
import { openDatabase } from "../db/database.js";
import { readQueuesOf } from "../db/queries/in-sight.js";
import { readStandings } from "../db/queries/read-standing.js";
import { schemaFits } from "../db/schema-fits.js";
import { loadConfigOrExit } from "../runtime/config.js";
import { runProcess, service } from "../runtime/lifecycle.js";
import { limitRules } from "../runtime/limit-rules.js";
import { createLogger } from "../runtime/logger.js";
import { createMetrics } from "../runtime/metrics.js";
import { openLimiter } from "../runtime/open-limiter.js";
import { askPart } from "../runtime/readiness.js";
import { SystemPages } from "../runtime/system-pages.js";
import { createTokens } from "../runtime/tokens.js";
import { AgentSights } from "./agent-sights.js";
import { ChatRooms } from "./chat-rooms.js";
import { DeliveryMarks } from "./delivery-marks.js";
import { databaseLog } from "./event-log.js";
import { Feed } from "./feed.js";
import { LivenessKeeper } from "./liveness-keeper.js";
import { createRelayMeter, meterRelay } from "./meter-relay.js";
import { transportOpener } from "./open-transport.js";
import { userReader } from "./read-user.js";
import { Relay } from "./relay.js";
import { RoomPresence } from "./room-presence.js";
import { SocketLimits } from "./socket-limits.js";
import { TokenRecheck } from "./token-recheck.js";
import { ListenError } from "./transport.js";

/** The relay's process. It starts and goes on without bus and database; until they are there, upgrades get 503. */
const config = loadConfigOrExit();
const logger = createLogger("relay", config);
const db = openDatabase({ url: config.databaseUrl, name: "switchboard-relay", poolMax: config.DATABASE_POOL_MAX });
const tokens = createTokens(config.tokens);
const limiter = openLimiter({ redisUrl: config.redisUrl, name: "switchboard-relay", logger });

/** null as long as there is none: what would be said over it may be lost. */
let openedBus: Bus | null = null;
let openedFollower: Follower | null = null;
const wake = () => openedBus?.wake();
const publish = async (frame: EphemeralFrame) => openedBus?.publishEphemeral(frame);
const liveness = new LivenessKeeper({ db, wake, publish, logger });
const presence = new RoomPresence({ db, relayId: randomUUID(), publish, logger });

const metrics = createMetrics("relay");
const posts = new GatheredPosts({
  db,
  wake,
  flushRows: config.INTAKE_FLUSH_ROWS,
  queueMax: config.INTAKE_QUEUE_MAX,
  onFlush: meterFlushes(metrics, "posts"),
});
const { AGENT_VISIBILITY: mode } = config;
const rooms = new ChatRooms({
  context: { db, limits: config, wake },
  commands: { postMessage: (ctx, input) => posts.post(ctx, input), markRead },
  mode,
  publish,
  presence,
  logger,
});
const deliveries = new DeliveryMarks({
  usersIn: (conversationId) => rooms.usersIn(conversationId),
  note: (marks) => noteDelivered(db, marks),
  logger,
});
const sights =
  mode === "all" ? undefined : new AgentSights({ mode, readQueues: (ids) => readQueuesOf(db.kysely, ids), logger });

/** The parts that a relay needs. Without the bus it reads the log: `bus` is whether it hears of what happens at all. */
async function lookAtParts() {
  const failed = (part: string) => (error: unknown) => logger.debug({ err: error, part }, "not ready");
  const hears = async (deadlineMs: number) => {
    if (!openedBus || !relay.ready) throw new Error("the relay is not fed");
    await openedBus.ping(deadlineMs);
  };
  const [database, bus] = await Promise.all([
    askPart("database", () => schemaFits(db), failed("database")),
    askPart("bus", hears, failed("bus")),
  ]);
  return { database, bus };
}

const relay = new Relay({
  host: config.HOST,
  port: config.RELAY_PORT,
  maxBufferBytes: config.RELAY_MAX_BUFFER_BYTES,
  maxSockets: config.RELAY_MAX_SOCKETS,
  trustProxy: config.TRUST_PROXY ?? false,
  log: databaseLog(db, sights !== undefined),
  auth: {
    verifyToken: (token) => tokens.verify(token),
    admitOutside: (person) => admitOutsideUser({ db, capacity: config.TICKET_CAPACITY }, person),
    readUser: userReader(db),
    openDemo: config.openDemo,
    allowedHosts: config.ALLOWED_HOSTS,
    allowedOrigins: config.WEBSOCKET_ALLOWED_ORIGINS,
  },
  openTransport: transportOpener(logger),
  liveness,
  sights,
  rooms,
  meter: createRelayMeter(metrics),
  pages: new SystemPages({ metrics, look: lookAtParts, token: config.METRICS_TOKEN }),
  socketLimits: new SocketLimits({
    limiter,
    rules: limitRules(config),
    perUserMax: config.RELAY_MAX_SOCKETS_PER_USER,
  }),
  logger,
});

const recheck = new TokenRecheck({
  holders: () => relay.connections,
  readStandings: (ids) => readStandings(db.kysely, ids),
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
      onEvents: (events) => {
        relay.onEvents(events);
        deliveries.onEvents(events);
      },
      onEphemeral: (frame) => relay.onEphemeral(frame),
      onControl: (message) => relay.onControl(message),
      onReconnect: () => relay.forget(null),
    });
    try {
      await follower.start();
    } catch (error) {
      await bus.close();
      throw error;
    }
    openedBus = bus;
    openedFollower = follower;
    return async () => {
      openedBus = null;
      openedFollower = null;
      await follower.stop();
      await bus.close();
    };
  },
});

meterRelay(metrics, { relay, db, look: lookAtParts, followed: () => openedFollower?.seq ?? 0 });

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
    service(
      "limits",
      async () => undefined,
      () => limiter.close(),
    ),
    feed,
    liveness,
    presence,
    posts,
    rooms,
    deliveries,
    ...(sights ? [sights] : []),
    recheck,
    listening,
  ],
  config.SHUTDOWN_TIMEOUT_MS,
);
