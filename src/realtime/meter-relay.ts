import type { Database } from "../db/database.js";
import { meterPools } from "../db/meter-database.js";
import { meterParts } from "../runtime/meter-parts.js";
import type { Metrics } from "../runtime/metrics.js";
import type { PartState } from "../runtime/readiness.js";
import type { ReplayKind } from "./session-terms.js";

/** What the relay tells of as it happens. */
export interface RelayMeter {
  /** An upgrade was answered: 101, or what it was refused with. */
  upgraded(status: number): void;
  /** A socket was closed with that code, by either side. */
  closed(code: number): void;
  replayed(kind: ReplayKind): void;
}

/** What passed over sockets. */
export interface Traffic {
  framesSent: number;
  bytesSent: number;
  framesReceived: number;
}

/** What of the relay is read when somebody looks. */
export interface RelayFigures {
  readonly socketCount: number;
  readonly streamCount: number;
  /** Counted over all sockets, open and closed. */
  traffic(): Traffic;
  /** Bytes that readers have not taken: all of them, and the slowest one. */
  buffered(): { all: number; slowest: number };
}

const ownCodes = new Set([1000, 1001, 1005, 1006, 1009, 1012, 1013, 4400, 4401, 4403, 4408, 4429]);

/** Registers the counts of what happens to sockets. A close code that a client makes up counts as `other`. */
export function createRelayMeter(metrics: Pick<Metrics, "counter">): RelayMeter {
  const upgrades = metrics.counter({
    name: "switchboard_relay_upgrades_total",
    help: "Upgrades by the status that they were answered with; 101: a socket",
    labels: ["status"],
  });
  const closes = metrics.counter({
    name: "switchboard_relay_closes_total",
    help: "Sockets closed, by code; 1012: restart, 4408: too slow a reader",
    labels: ["code"],
  });
  const replays = metrics.counter({
    name: "switchboard_relay_replays_total",
    help: "Times a socket was brought up to its stream: resume, behind (by the log), resync (told to fetch anew)",
    labels: ["kind"],
  });
  return {
    upgraded: (status) => upgrades.add({ status }),
    closed: (code) => closes.add({ code: ownCodes.has(code) ? code : "other" }),
    replayed: (kind) => replays.add({ kind }),
  };
}

/** Registers what is read of a relay when somebody looks. */
export function meterRelay(
  metrics: Pick<Metrics, "gauge" | "total">,
  given: { relay: RelayFigures; db: Database; look: () => Promise<Record<string, PartState>>; followed: () => number },
): void {
  const { relay, db, look, followed } = given;
  metrics.gauge({ name: "switchboard_relay_sockets", help: "Sockets that are open", labels: [] }, (set) => {
    set({}, relay.socketCount);
  });
  metrics.gauge(
    { name: "switchboard_relay_streams", help: "Streams that are kept for listeners", labels: [] },
    (set) => {
      set({}, relay.streamCount);
    },
  );
  metrics.total(
    { name: "switchboard_relay_frames_total", help: "Frames sent to and received from clients", labels: ["way"] },
    (set) => {
      const { framesSent, framesReceived } = relay.traffic();
      set({ way: "sent" }, framesSent);
      set({ way: "received" }, framesReceived);
    },
  );
  metrics.total(
    { name: "switchboard_relay_sent_bytes_total", help: "Bytes of the frames sent to clients", labels: [] },
    (set) => set({}, relay.traffic().bytesSent),
  );
  metrics.gauge(
    {
      name: "switchboard_relay_buffered_bytes",
      help: "Bytes that clients have not taken yet: all, and the slowest of them",
      labels: ["of"],
    },
    (set) => {
      for (const [of, bytes] of Object.entries(relay.buffered())) set({ of }, bytes);
    },
  );
  metrics.gauge(
    {
      name: "switchboard_relay_followed_position",
      help: "Place in the log up to which the relay has heard",
      labels: [],
    },
    (set) => set({}, followed()),
  );
  meterPools(metrics, { main: db });
  meterParts(metrics, look);
}
