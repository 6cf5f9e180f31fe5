import pg from "pg";
import type { SeededRandom } from "../../../cli/seeded-random.js";
import { Gate } from "../../../src/commands/gate.js";
import { biteOutbox } from "../../../src/db/queries/bite-outbox.js";
import { Refusal } from "../../../src/domain/errors.js";
import { limits } from "../../support/desk.js";
import { ids, type StartingState } from "./case-sql.js";
import { type Choose, interleave } from "./interleave.js";
import type { RaceCommand, RaceContext } from "./race-commands.js";
import { openSteppedDatabase, type SteppedDatabase } from "./stepped-database.js";
import { witnessedDatabase } from "./witnessed-database.js";

/** What acts came to: how each ended, how everything stood, and what broke a rule. */
export interface CaseResult {
  /** Outcomes by act, as text in which ids are names. */
  outcomes: string[];
  state: string;
  faults: string[];
  /** Statements in the order in which they ran. */
  trace: string[];
  /** Statements of each act. */
  statements: number[];
}

/** A database of its own in which cases are made, acted on and audited, one after the other. */
export interface RaceDesk {
  /** Each runs when the one before it has ended; `holding`: tickets that another session holds during a filling act. */
  inTurn(state: StartingState, acts: readonly RaceCommand[], holding?: readonly number[]): Promise<CaseResult>;
  /** All at once, statement by statement as `choose` says. */
  interleaved(state: StartingState, acts: readonly RaceCommand[], choose: Choose): Promise<CaseResult>;
  /** All at once, as Postgres lets them, while a sequencer bites; some of its bites are lost, as when it dies. */
  freely(state: StartingState, acts: readonly RaceCommand[], random: SeededRandom): Promise<CaseResult>;
  close(): Promise<void>;
}

const { firstMade, ...known } = ids;
const names = new Map(Object.entries(known).map(([name, id]) => [String(id), name]));
/** What a command makes has no name of its own: its id depends on who was first, and on what was made before. */
const named = (text: string) => text.replace(/\b\d{7}\b/g, (id) => names.get(id) ?? "made");

function told(value: unknown): string {
  const plain = typeof value === "object" && value !== null ? { ...value } : value;
  return named(JSON.stringify(plain ?? null));
}

/** An outcome as text. A refusal by its code and what it says of the ticket; anything else that was thrown, by its name. */
function outcomeOf(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === "fulfilled") return `done ${told(outcome.value)}`;
  const { reason } = outcome;
  if (!(reason instanceof Refusal))
    return `FAILED ${reason instanceof Error ? (reason.stack ?? reason.message) : reason}`;
  const { by, version, held, capacity, agent_id, message_id, messages } = reason.facts;
  const count = Array.isArray(messages) ? messages.length : undefined;
  return `refused ${reason.code} ${told({ by, version, held, capacity, agent_id, message_id, count })}`;
}

/** Bites as a leader does, each in a transaction of which some are rolled back; to the end of the outbox when it is over. */
async function biteUntil(client: pg.ClientBase, isOver: () => boolean, random: SeededRandom): Promise<void> {
  for (;;) {
    const last = isOver();
    await client.query("BEGIN");
    const bitten = await biteOutbox(client);
    const dies = !last && random.below(3) === 0;
    await client.query(dies ? "ROLLBACK" : "COMMIT");
    if (last && bitten.length === 0) return;
  }
}

export async function openRaceDesk(processes = 2): Promise<RaceDesk> {
  const database = await witnessedDatabase(2);
  const stepped = Array.from({ length: processes }, (_, index) => openSteppedDatabase(database.url, `race-${index}`));
  const [monitor, holder] = [0, 1].map(() => new pg.Client({ connectionString: database.url }));
  if (!monitor || !holder) throw new Error("two sessions");
  await Promise.all([monitor.connect(), holder.connect()]);

  const contextOf = ({ db }: SteppedDatabase): RaceContext => ({
    as: (actor) => ({ db, actor, requestId: "race", limits, wake: () => undefined }),
    fills: {
      db,
      gate: new Gate({ concurrency: 8, queueMax: 100, waitMs: 30_000, refusal: "Too many at once." }),
      requestId: "race",
      wake: () => undefined,
    },
  });
  const begin = async (state: StartingState) => {
    const { rows } = await monitor.query<{ start: string }>({
      name: "case",
      text: "SELECT race_case($1)::text AS start",
      values: [state],
    });
    return rows[0]?.start ?? "";
  };
  const audit = async (start: string, acts: readonly RaceCommand[], outcomes: PromiseSettledResult<unknown>[]) => {
    const lowered = acts.some((act) => act.name.includes("capacity 0"));
    const { rows } = await monitor.query<{ state: unknown; faults: string[]; said: number }>({
      name: "audit",
      text: `SELECT race_state($1::timestamptz) AS state, ARRAY(SELECT fault || ': ' || what FROM race_faults($2)) AS faults,
                    (SELECT count(*)::int FROM race_said WHERE role = 'agent' AND kind = 'text') AS said`,
      values: [start, lowered],
    });
    const row = rows[0] ?? { state: null, faults: ["no audit"], said: 0 };
    const accepted = acts.filter((act, index) => act.replies && outcomes[index]?.status === "fulfilled").length;
    const faults = row.faults.map(named);
    if (row.said !== accepted) faults.push(`I6 ${accepted} replies were accepted and ${row.said} said`);
    return { outcomes: outcomes.map(outcomeOf), state: named(JSON.stringify(row.state)), faults };
  };
  const failures = (failed: readonly string[]) =>
    failed.filter((code) => code === "40P01").map(() => "a deadlock, whoever got over it");

  return {
    inTurn: async (state, acts, holding) => {
      const start = await begin(state);
      const outcomes: PromiseSettledResult<unknown>[] = [];
      const statements: number[] = [];
      const counted = (index: number) => stepped[index % processes] as SteppedDatabase;
      for (const [index, act] of acts.entries()) {
        const held = act.passesOver && holding && holding.length > 0;
        if (held) {
          await holder.query("BEGIN");
          await holder.query("SELECT FROM tickets WHERE id = ANY($1::bigint[]) FOR NO KEY UPDATE", [holding]);
        }
        const run = () => act.run(contextOf(counted(index)));
        const alone = await interleave([{ label: "A", through: counted(index), run }], () => 0, monitor);
        outcomes.push(...alone.outcomes);
        statements.push(alone.trace.length);
        if (held) await holder.query("COMMIT");
      }
      return { ...(await audit(start, acts, outcomes)), trace: [], statements };
    },
    interleaved: async (state, acts, choose) => {
      const start = await begin(state);
      const labelled = acts.map((act, index) => {
        const through = stepped[index] as SteppedDatabase;
        return { label: String.fromCharCode(65 + index), through, run: () => act.run(contextOf(through)) };
      });
      const { outcomes, trace, failed } = await interleave(labelled, choose, monitor);
      const audited = await audit(start, acts, outcomes);
      const statements = labelled.map(({ label }) => trace.filter((step) => step === label).length);
      return { ...audited, faults: [...audited.faults, ...failures(failed)], trace, statements };
    },
    freely: async (state, acts, random) => {
      const start = await begin(state);
      for (const one of stepped) one.forget();
      let going = true;
      const biting = biteUntil(holder, () => !going, random);
      const running = acts.map((act, index) => act.run(contextOf(stepped[index] as SteppedDatabase)));
      const outcomes = await Promise.allSettled(running);
      going = false;
      await biting;
      const audited = await audit(start, acts, outcomes);
      const failed = stepped.flatMap((one) => [...one.failed]);
      return { ...audited, faults: [...audited.faults, ...failures(failed)], trace: [], statements: [] };
    },
    close: async () => {
      await Promise.all([monitor.end(), holder.end(), ...stepped.map(({ db }) => db.close())]);
      await database.drop();
    },
  };
}
