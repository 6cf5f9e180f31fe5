import type pg from "pg";
import type { SteppedDatabase } from "./stepped-database.js";

/** One of the acts that are interleaved: its statements go through `through`. */
export interface Act {
  label: string;
  through: SteppedDatabase;
  run: () => Promise<unknown>;
}

/** Which of the acts that could go on does: an index into `ready`, which holds indices of acts. */
export type Choose = (ready: readonly number[]) => number;

export interface Interleaved {
  outcomes: PromiseSettledResult<unknown>[];
  /** What ran, in order: the act's label, or in brackets where it had to wait for a lock. */
  trace: string[];
  /** SQLSTATEs that acts met, and may have got over by themselves: 40P01 is a deadlock. */
  failed: string[];
}

/** How long a statement is left alone before it is asked whether it waits for a lock, ms. */
const lookAfterMs = 3;
const stuckAfterMs = 20_000;

interface Running {
  act: Act;
  outcome: PromiseSettledResult<unknown> | null;
  blocked: boolean;
}

/**
 * Runs acts statement by statement in the order that `choose` says. A statement that waits for a lock is found by asking
 * Postgres, never by time: the others go on then, and it goes on when it has its lock. So an order is had again by the
 * same choices. `monitor` is a session of its own.
 */
export async function interleave(acts: readonly Act[], choose: Choose, monitor: pg.ClientBase): Promise<Interleaved> {
  let changes = 0;
  let notice: () => void = () => undefined;
  const changed = () => {
    changes++;
    notice();
  };
  const change = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      notice = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const trace: string[] = [];
  const all: Running[] = acts.map((act) => ({ act, outcome: null, blocked: false }));
  for (const running of all) {
    const { through, run } = running.act;
    through.forget();
    through.onChange = changed;
    through.stepping = true;
    Promise.resolve()
      .then(run)
      .then(
        (value) => {
          running.outcome = { status: "fulfilled", value };
        },
        (reason) => {
          running.outcome = { status: "rejected", reason };
        },
      )
      .finally(changed);
  }

  const blockedOf = async (pids: number[]) => {
    const { rows } = await monitor.query<{ pid: number }>({
      name: "blocked",
      text: "SELECT p AS pid FROM unnest($1::int[]) p WHERE cardinality(pg_blocking_pids(p)) > 0",
      values: [pids],
    });
    return new Set(rows.map((row) => row.pid));
  };
  /** Resolves when every act has ended, waits for its turn, or waits for a lock. */
  const settle = async () => {
    const end = Date.now() + stuckAfterMs;
    for (;;) {
      if (Date.now() > end) throw new Error(`stuck after: ${trace.join(" ")}`);
      const busy = all.filter(({ act, outcome }) => outcome === null && act.through.halted === null);
      for (const running of all) running.blocked = false;
      if (busy.length === 0) return;
      const before = changes;
      await change(lookAfterMs);
      if (changes !== before) continue;
      if (busy.some(({ act }) => act.through.flying.length === 0)) continue;
      const blocked = await blockedOf(busy.flatMap(({ act }) => act.through.flying));
      if (changes !== before) continue;
      if (!busy.every(({ act }) => act.through.flying.every((pid) => blocked.has(pid)))) continue;
      for (const running of busy) running.blocked = true;
      return;
    }
  };

  for (;;) {
    await settle();
    for (const running of all) {
      const label = `(${running.act.label})`;
      if (running.blocked && trace.lastIndexOf(label) < trace.lastIndexOf(running.act.label)) trace.push(label);
    }
    const ready = all.flatMap(({ act, outcome }, index) =>
      outcome === null && act.through.halted !== null ? [index] : [],
    );
    if (ready.length === 0) {
      if (all.every(({ outcome }) => outcome !== null)) break;
      // All wait for each other: Postgres ends a deadlock after its deadlock_timeout.
      await change(100);
      continue;
    }
    const running = all[choose(ready)];
    if (!running) throw new Error("chosen is one of those that are ready");
    trace.push(running.act.label);
    running.act.through.step();
  }
  for (const { act } of all) {
    act.through.stepping = false;
    act.through.onChange = () => undefined;
  }
  const outcomes = all.flatMap(({ outcome }) => (outcome ? [outcome] : []));
  return { outcomes, trace, failed: all.flatMap(({ act }) => [...act.through.failed]) };
}

/** Two acts in turns: the first runs `lengths[0]` statements, then the other `lengths[1]`, and so on; the last to its end. */
export interface Turns {
  first: 0 | 1;
  lengths: readonly number[];
}

/** Chooses by turns; while the one whose turn it is waits for a lock, or has ended, the other goes on. */
export function inTurns({ first, lengths }: Turns): Choose {
  let current: number = first;
  let turn = 0;
  let ran = 0;
  return (ready) => {
    if (turn < lengths.length && ran >= (lengths[turn] ?? 0)) {
      turn++;
      ran = 0;
      current = 1 - current;
    }
    if (!ready.includes(current)) return 1 - current;
    ran++;
    return current;
  };
}
