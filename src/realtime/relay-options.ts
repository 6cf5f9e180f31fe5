import type { Logger } from "../runtime/logger.js";
import type { SystemPages } from "../runtime/system-pages.js";
import type { AgentSights } from "./agent-sights.js";
import type { AuthenticateOptions } from "./authenticate.js";
import type { ChatRooms } from "./chat-rooms.js";
import type { EventLog } from "./event-log.js";
import type { LivenessKeeper } from "./liveness-keeper.js";
import type { RelayMeter } from "./meter-relay.js";
import type { SessionLimits } from "./session-terms.js";
import type { SocketLimits } from "./socket-limits.js";
import type { TransportFactory } from "./transport.js";

export interface RelayOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  maxBufferBytes: number;
  maxSockets: number;
  /** Whose X-Forwarded-For is believed besides the API's on loopback: 1 for any. */
  trustProxy: boolean;
  log: EventLog;
  auth: AuthenticateOptions;
  openTransport: TransportFactory;
  /** Told of each signed-in socket of an agent; without it nobody is online by a socket. */
  liveness?: Pick<LivenessKeeper, "opened">;
  /** What agents see, where AGENT_VISIBILITY hides something; the log is to be an addressed one then. */
  sights?: Pick<AgentSights, "read" | "watch" | "onEvents"> | undefined;
  /** The rooms of conversations; without it no socket lives there. */
  rooms?: Pick<ChatRooms, "admit" | "opened" | "check">;
  /** How often an address may open one, and how many a user may have; without it as often as anybody likes. */
  socketLimits?: SocketLimits;
  /** Told of what happens to sockets, for the figures. */
  meter?: RelayMeter;
  /** `/readyz` and `/metrics`, on the same port. */
  pages?: Pick<SystemPages, "answer">;
  logger: Logger;
  /** Defaults suit production; tests shorten them. */
  limits?: Partial<SessionLimits>;
  /** After how long somebody's typing ends by itself, ms. */
  typingEndsMs?: number;
}
