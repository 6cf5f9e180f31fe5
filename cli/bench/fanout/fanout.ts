import { note } from "../../output.js";
import type { OwnSystem } from "../../own-system.js";
import { median } from "../load.js";
import type { BenchRow } from "../row.js";
import { startBare } from "./bare-source.js";
import { measureBurst } from "./burst.js";
import { measureIdle, measureStalled } from "./held-memory.js";
import type { BareKind } from "./messages.js";
import { measurePaced } from "./paced.js";
import { startRelaySource } from "./relay-source.js";
import { Sockets } from "./sockets.js";
import type { Source } from "./source.js";

const socketCount = 1000;
const stalledCount = 50;
const pacedFrames = 20;
const idleCount = 5000;
const rounds = 3;
const maxBufferBytes = 1024 * 1024;
/** A fair round lasts about as long on each: the slow ones are given less to say. */
const burstFrames = { relay: 500, uws: 500, ws: 60, "socket.io": 60 };

const least = { ofUws: 0.7, ofLibraries: 5, p99OfUws: 1.5, idleKb: 4, grewKb: 16 * 1024 };

/** Fan-out of the relay beside bare servers, sockets in a process of their own. What is not installed is skipped, and said. */
export async function benchFanout(system: OwnSystem, seconds: number): Promise<BenchRow[]> {
  const sockets = await Sockets.start();
  const relay = await startRelaySource(system, maxBufferBytes);
  const bare: Partial<Record<BareKind, Source>> = {};
  const missing: Partial<Record<BareKind, string>> = {};
  try {
    for (const kind of ["uws", "ws", "socket.io"] as const) {
      const started = await startBare(kind, maxBufferBytes);
      if (typeof started === "string") missing[kind] = started;
      else bare[kind] = started;
    }
    const bench = { relay, bare, missing, sockets, seconds };
    const rows = [...(await burstRows(bench)), await pacedRow(bench)];
    // In processes that have done nothing yet: no room that was left by something else.
    const fresh = await startRelaySource(system, maxBufferBytes);
    const freshUws = await startBare("uws", maxBufferBytes);
    try {
      const uws = typeof freshUws === "string" ? {} : { uws: freshUws };
      const anew = { ...bench, relay: fresh, bare: uws };
      return [...rows, await idleRow(anew), await stalledRow(anew)];
    } finally {
      await fresh.stop();
      if (typeof freshUws !== "string") await freshUws.stop();
    }
  } finally {
    sockets.end();
    for (const source of [relay, ...Object.values(bare)]) await source.stop();
  }
}

interface Bench {
  relay: Source;
  bare: Partial<Record<BareKind, Source>>;
  missing: Partial<Record<BareKind, string>>;
  sockets: Sockets;
  seconds: number;
}

async function burstRows({ relay, bare, missing, sockets }: Bench): Promise<BenchRow[]> {
  note("fanout: burst …");
  const burst = (source: Source, kind: keyof typeof burstFrames) =>
    measureBurst(source, sockets, { count: socketCount, frames: burstFrames[kind], rounds });
  const rows: BenchRow[] = [];
  for (const kind of ["uws", "ws", "socket.io"] as const) {
    const source = bare[kind];
    // Before it and after it: the machine is another one from minute to minute.
    const before = await burst(relay, "relay");
    const theirs = source ? await burst(source, kind) : null;
    const own = (before + (await burst(relay, "relay"))) / 2;
    const row = `burst, ${socketCount} sockets, against bare ${kind === "uws" ? "app.publish" : kind}`;
    const figure = `${thousands(own)} deliveries/s`;
    const floor = kind === "uws" ? least.ofUws : least.ofLibraries;
    const common = { row, figure, value: Math.round(own), target: `>= ${floor}` };
    if (theirs === null) {
      rows.push({ ...common, yardstick: `skipped: ${missing[kind]}` });
      continue;
    }
    rows.push({
      ...common,
      yardstick: `${thousands(theirs)} deliveries/s`,
      yardstickValue: Math.round(theirs),
      ratio: own / theirs,
      met: own >= floor * theirs,
    });
  }
  return rows;
}

async function pacedRow({ relay, bare, missing, sockets, seconds }: Bench): Promise<BenchRow> {
  note("fanout: paced …");
  const paced = (source: Source) =>
    measurePaced(source, sockets, {
      count: socketCount + stalledCount,
      stalled: stalledCount,
      perSecond: pacedFrames,
      seconds,
    });
  const rows: { own: Paced[]; theirs: Paced[] } = { own: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    if (bare.uws) rows.theirs.push(await paced(bare.uws));
    rows.own.push(await paced(relay));
  }
  const [own, theirs] = [middle(rows.own), bare.uws ? middle(rows.theirs) : null];
  const words = ({ p50Ms, p99Ms }: { p50Ms: number; p99Ms: number }) =>
    `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  return {
    row: `${socketCount * pacedFrames} deliveries/s, ${socketCount} sockets, ${stalledCount} more that never read`,
    figure: words(own),
    value: own.p99Ms,
    target: `<= ${least.p99OfUws}`,
    ...(theirs
      ? {
          yardstick: `${words(theirs)} (bare uWebSockets.js)`,
          yardstickValue: theirs.p99Ms,
          ratio: own.p99Ms / theirs.p99Ms,
          met: own.p99Ms <= least.p99OfUws * theirs.p99Ms,
        }
      : { yardstick: `skipped: ${missing.uws}` }),
  };
}

async function idleRow({ relay, bare, missing, sockets }: Bench): Promise<BenchRow> {
  note("fanout: idle sockets …");
  const own = await measureIdle(relay, sockets, idleCount);
  const theirs = bare.uws ? await measureIdle(bare.uws, sockets, idleCount) : null;
  const row = `${idleCount} idle sockets`;
  if (own === null) return { row, figure: "skipped: no /proc here", value: 0 };
  return {
    row,
    figure: `${own.toFixed(1)} kB each`,
    value: own,
    yardstick: theirs === null ? `skipped: ${missing.uws}` : `${theirs.toFixed(1)} kB each (bare uWebSockets.js)`,
    target: `<= ${least.idleKb} kB`,
    met: own <= least.idleKb,
  };
}

async function stalledRow({ relay, sockets, seconds }: Bench): Promise<BenchRow> {
  note("fanout: a reader that never reads …");
  const lasted = seconds * 4;
  const { grewKb, saidKb } = await measureStalled(relay, sockets, lasted);
  const row = `a reader that never reads, ${lasted} s`;
  if (grewKb === null) return { row, figure: "skipped: no /proc here", value: 0 };
  return {
    row,
    figure: `memory ${grewKb < 0 ? "-" : "+"}${(Math.abs(grewKb) / 1024).toFixed(1)} MB`,
    value: grewKb,
    yardstick: `${(saidKb / 1024).toFixed(0)} MB said to it`,
    target: `<= + ${least.grewKb / 1024} MB`,
    met: grewKb <= least.grewKb,
  };
}

interface Paced {
  p50Ms: number;
  p99Ms: number;
}

/** The figures in the middle, each by itself. */
const middle = (of: readonly Paced[]): Paced => ({
  p50Ms: median(of.map(({ p50Ms }) => p50Ms)),
  p99Ms: median(of.map(({ p99Ms }) => p99Ms)),
});

const thousands = (value: number) => `${Math.round(value / 1000)} k`;
