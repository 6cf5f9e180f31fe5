import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SequencedEvent } from "../../../src/contract/events.js";
import type { Actor } from "../../../src/domain/policy.js";
import type { Sight } from "../../../src/domain/visibility.js";
import { AgentSights } from "../../../src/realtime/agent-sights.js";
import { silentLogger } from "../../support/silent-logger.js";

const agent: Actor = { kind: "user", id: 7, role: "agent", name: "Ann" };
const of = (...queues: string[]): Sight => ({ kind: "queues", agentId: 7, queues });
const own: Sight = { kind: "own", agentId: 7 };

function roomFreed(agentId: number): SequencedEvent {
  const none = { request_id: null, stage: null, subject_id: null, created_at: "2026-01-01T00:00:00.000Z" };
  return {
    seq: 1,
    stream: "desk",
    pos: 1,
    type: "room_freed",
    payload: { agent_id: agentId, reason: "queues" },
    ...none,
  };
}

describe("what agents with a socket see", () => {
  let lists: Map<number, string[]>;
  let reads: (readonly number[])[];
  let away: boolean;
  let seen: Sight[];
  let sights: AgentSights;

  beforeEach(async () => {
    vi.useFakeTimers();
    lists = new Map([[7, ["loans"]]]);
    [reads, seen, away] = [[], [], false];
    sights = new AgentSights({
      mode: "queues",
      readQueues: async (ids) => {
        reads.push(ids);
        if (away) throw new Error("the database is away");
        return new Map([...lists].filter(([id]) => ids.includes(id)));
      },
      logger: silentLogger,
    });
    await sights.start();
  });
  afterEach(async () => {
    await sights.stop();
    vi.useRealTimers();
  });
  const settle = () => vi.advanceTimersByTimeAsync(0);

  it("is read for agents on the stream of the agents, and for nobody else", async () => {
    expect(await sights.read(agent, "agents")).toEqual(of("loans"));
    expect(await sights.read({ ...agent, role: "admin" }, "agents")).toBeNull();
    expect(await sights.read(agent, "conversation:1")).toBeNull();
    lists.set(7, []);
    expect(await sights.read(agent, "agents")).toEqual({ kind: "all" });
    lists.delete(7);
    expect(await sights.read(agent, "agents")).toEqual(own);
  });

  it("is told when an event speaks of the agent, and at each look", async () => {
    const unwatch = sights.watch(agent, (sight) => seen.push(sight));
    lists.set(7, ["credit"]);
    sights.onEvents([roomFreed(8)]);
    await settle();
    expect(reads).toEqual([]);
    sights.onEvents([roomFreed(7)]);
    await settle();
    expect([reads, seen]).toEqual([[[7]], [of("credit")]]);
    lists.set(7, ["loans"]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(seen.at(-1)).toEqual(of("loans"));
    unwatch();
    await vi.advanceTimersByTimeAsync(9000);
    sights.onEvents([roomFreed(7)]);
    await settle();
    expect(reads).toHaveLength(2);
  });

  it("is its own only while the queues cannot be read and events come all the same, until they can", async () => {
    sights.watch(agent, (sight) => seen.push(sight));
    away = true;
    await vi.advanceTimersByTimeAsync(3000);
    sights.onEvents([roomFreed(8)]);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(5001);
    sights.onEvents([roomFreed(8)]);
    expect(seen).toEqual([own]);
    away = false;
    await vi.advanceTimersByTimeAsync(3000);
    expect(seen).toEqual([own, of("loans")]);
    sights.onEvents([roomFreed(8)]);
    expect(seen).toHaveLength(2);
  });

  it("never changes in mode own", async () => {
    const kept = new AgentSights({ mode: "own", readQueues: () => Promise.reject(new Error()), logger: silentLogger });
    await kept.start();
    expect(await kept.read(agent, "agents")).toEqual(own);
    kept.watch(agent, (sight) => seen.push(sight));
    kept.onEvents([roomFreed(7)]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen).toEqual([]);
    await kept.stop();
  });
});
