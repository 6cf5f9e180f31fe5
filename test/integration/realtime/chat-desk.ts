import { randomUUID } from "node:crypto";
import type { Bus } from "../../../src/bus/bus.js";
import { Follower } from "../../../src/bus/follower.js";
import { openBus } from "../../../src/bus/open-bus.js";
import { GatheredPosts } from "../../../src/commands/gathered-posts.js";
import { markRead } from "../../../src/commands/mark-read.js";
import { noteDelivered } from "../../../src/commands/note-delivered.js";
import type { SequencedEvent } from "../../../src/contract/events.js";
import type { Database } from "../../../src/db/database.js";
import { readHead } from "../../../src/db/queries/read-events.js";
import type { VisibilityMode } from "../../../src/domain/visibility.js";
import { ChatRooms } from "../../../src/realtime/chat-rooms.js";
import { DeliveryMarks } from "../../../src/realtime/delivery-marks.js";
import { RoomPresence } from "../../../src/realtime/room-presence.js";
import type { TransportFactory } from "../../../src/realtime/transport.js";
import { silentLogger } from "../../support/silent-logger.js";
import type { TestDatabase } from "../../support/test-database.js";
import { until } from "../../support/until.js";
import { bitten } from "./event-writer.js";
import { RawClient, type RawFrame } from "./raw-client.js";
import { startRelay, type TestRelay } from "./relay-fixture.js";

export const chatLimits = { AGEING_HORIZON_HOURS: 24, REOPEN_WITHIN_HOURS: 72, TICKET_CAPACITY: 15 };

/** A relay as its process runs it: over a bus, with rooms and presence. */
export interface ChatRelay extends TestRelay {
  bus: Bus;
  /** As SIGKILL ends it: nothing is said, nothing is written. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface ChatRelayOptions {
  redisUrl: string | null;
  prefix: string;
  openTransport: TransportFactory;
  everyMs?: number;
  typingEndsMs?: number;
  mode?: VisibilityMode;
}

/** Starts a relay with rooms on a database, over Redis or (null) over Postgres. */
export async function startChatRelay(database: TestDatabase, options: ChatRelayOptions): Promise<ChatRelay> {
  const { db } = database;
  const { redisUrl, prefix, everyMs = 100 } = options;
  const bus = await openBus({
    redisUrl,
    databaseUrl: database.url,
    db,
    name: "chat-test",
    logger: silentLogger,
    prefix,
  });
  const publish = (frame: Parameters<Bus["publishEphemeral"]>[0]) => bus.publishEphemeral(frame);
  const presence = new RoomPresence({ db, relayId: randomUUID(), publish, logger: silentLogger, everyMs });
  const wake = () => void flow(db, bus);
  const posts = new GatheredPosts({ db, wake, flushRows: 256, queueMax: 1000 });
  const rooms = new ChatRooms({
    context: { db, limits: chatLimits, wake },
    commands: { postMessage: (ctx, input) => posts.post(ctx, input), markRead },
    mode: options.mode ?? "all",
    publish,
    presence,
    logger: silentLogger,
    everyMs,
  });
  const deliveries = new DeliveryMarks({
    usersIn: (conversationId) => rooms.usersIn(conversationId),
    note: (marks) => noteDelivered(db, marks),
    logger: silentLogger,
    everyMs,
  });
  const typingEndsMs = options.typingEndsMs ?? 5000;
  const started = await startRelay(db, options.openTransport, { rooms, typingEndsMs, limits: { skipAfterMs: 40 } });
  const follower = new Follower({
    bus,
    db,
    logger: silentLogger,
    onEvents: (events) => {
      started.relay.onEvents(events);
      deliveries.onEvents(events);
    },
    onEphemeral: (frame) => started.relay.onEphemeral(frame),
    onControl: (message) => started.relay.onControl(message),
  });
  await follower.start();
  await presence.start();
  await rooms.start();
  await deliveries.start();
  const end = async (services: { stop(): Promise<void> }[]) => {
    for (const service of services) await service.stop();
    await follower.stop();
    await bus.close();
  };
  return {
    ...started,
    bus,
    stop: () => end([started.relay, rooms, deliveries, presence]),
    // The keeper first: it writes nothing of the sockets that then close.
    kill: () => end([presence, rooms, deliveries, started.relay]),
  };
}

const flowing = new WeakMap<Database, Promise<SequencedEvent[]>>();

/** Takes what commands wrote into the log and publishes it, as the sequencer does; one at a time. */
export function flow(db: Database, bus: Bus): Promise<SequencedEvent[]> {
  const next = (flowing.get(db) ?? Promise.resolve([])).then(async () => {
    const events = await bitten(db);
    await bus.publishEvents(events);
    await bus.publishHead((await readHead(db.kysely)).lastSeq);
    return events;
  });
  flowing.set(
    db,
    next.catch(() => []),
  );
  return next;
}

/** A conversation of these users; its id. */
export async function makeConversation(
  db: Database,
  kind: "support" | "direct",
  members: readonly { id: number; role: "customer" | "agent" | "member" }[],
): Promise<number> {
  const { id } = await db.kysely
    .insertInto("conversations")
    .values({ kind, created_by: members[0]?.id ?? null })
    .returning("id")
    .executeTakeFirstOrThrow();
  const rows = members.map((member) => ({ conversation_id: id, user_id: member.id, role: member.role }));
  if (rows.length > 0) await db.kysely.insertInto("participants").values(rows).execute();
  return id;
}

/** A client in a room that has had its hello. */
export async function join(
  relay: Pick<TestRelay, "url">,
  conversationId: number,
  token: string,
  query = "",
): Promise<RawClient> {
  const client = await new RawClient(`${relay.url}/ws/chat/${conversationId}/?token=${token}${query}`).opened();
  await until(() => client.texts.length > 0, "hello");
  return client;
}

/** The frame of a type that a client was sent, as soon as it comes. */
export async function frameOfType(
  client: RawClient,
  type: string,
  fits: (frame: RawFrame) => boolean = () => true,
): Promise<RawFrame> {
  const find = () => client.frames.find((frame) => frame.type === type && fits(frame));
  await until(() => find() !== undefined, `a frame ${type}`);
  return find() as RawFrame;
}
