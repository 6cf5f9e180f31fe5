import { Failure } from "../failure.js";
import type { HttpAnswer, HttpClient } from "../http-client.js";
import type { Player, StageSet } from "./stage-set.js";

export interface ClaimRaceFigures {
  rounds: number;
  agents: number;
  /** Rounds with one 200 and, for all others, 409 `already_claimed` with the winner's name. */
  held: number;
  /** Rounds by the number of 200s in them. */
  winners: Record<string, number>;
  /** What was wrong in the rounds that did not hold: the first ten. */
  violations: string[];
  /** Rounds that each agent won. */
  wins: Record<string, number>;
  claim_ms: { p50: number; p99: number };
}

export interface ClaimRaceOptions {
  rounds: number;
  /** Aborted: the round under way is the last. */
  signal: AbortSignal;
  onRound: (round: number) => void;
}

const violationsMax = 10;

/** The value at a share of the sorted values. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/**
 * Each round, the customer writes, all agents claim at the same moment, exactly one gets it, and the winner's reply
 * closes it before the next round (I1, I6). Goes on after a round that does not hold, so that the figures say how often.
 */
export async function claimRace(
  client: Pick<HttpClient, "call">,
  { agents: all, customer }: Pick<StageSet, "agents" | "customer">,
  { rounds, signal, onRound }: ClaimRaceOptions,
): Promise<ClaimRaceFigures> {
  const figures: Omit<ClaimRaceFigures, "claim_ms"> = {
    rounds: 0,
    agents: all.length,
    held: 0,
    winners: {},
    violations: [],
    wins: Object.fromEntries(all.map((agent) => [agent.name, 0])),
  };
  const times: number[] = [];
  for (let round = 1; round <= rounds && !signal.aborted; round++) {
    figures.rounds = round;
    // Another agent's call leaves first each time.
    const first = round % all.length;
    const agents = [...all.slice(first), ...all.slice(0, first)];
    const body = { user_id: customer.userId, body: `Verification, round ${round}: who takes this one?` };
    const message = await client.call({ method: "POST", path: "/api/messages/", token: customer.token, body });
    if (message.status !== 201) throw new Failure(`POST /api/messages/ answered ${message.status}: ${text(message)}`);
    const id = Number(message.body.id);
    const answers = await Promise.all(agents.map((agent) => timedClaim(client, id, agent, times)));
    const winners = agents.filter((_, index) => answers[index]?.status === 200);
    const count = String(winners.length);
    figures.winners[count] = (figures.winners[count] ?? 0) + 1;
    const faults = faultsOf(answers, winners);
    if (faults.length === 0) figures.held++;
    else if (figures.violations.length < violationsMax) figures.violations.push(`round ${round}: ${faults.join("; ")}`);
    const [winner] = winners;
    if (winner) {
      figures.wins[winner.name] = (figures.wins[winner.name] ?? 0) + 1;
      await closeByReply(client, id, winner);
    }
    onRound(round);
  }
  const sorted = times.sort((a, b) => a - b);
  return { ...figures, claim_ms: { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) } };
}

async function timedClaim(
  client: Pick<HttpClient, "call">,
  id: number,
  agent: Player,
  times: number[],
): Promise<HttpAnswer> {
  const startedAt = performance.now();
  const path = `/api/messages/${id}/claim/`;
  const answer = await client.call({ method: "POST", path, token: agent.token, body: { agent_id: agent.id } });
  times.push(Math.round((performance.now() - startedAt) * 10) / 10);
  return answer;
}

function faultsOf(answers: readonly HttpAnswer[], winners: readonly Player[]): string[] {
  const faults: string[] = [];
  if (winners.length !== 1) faults.push(`${winners.length} agents got 200 (${winners.map((w) => w.name).join(", ")})`);
  const [winner] = winners;
  for (const answer of answers) {
    if (answer.status === 200) {
      if (answer.body.status !== "claimed" || answer.body.assigned_to !== winner?.id)
        faults.push(`200 ${text(answer)}`);
    } else if (answer.status !== 409 || answer.body.status !== "already_claimed") {
      faults.push(`${answer.status} ${text(answer)}`);
    } else if (winner && answer.body.by !== winner.name) {
      faults.push(`409 names ${String(answer.body.by)}, not the winner ${winner.name}`);
    }
  }
  return faults;
}

async function closeByReply(client: Pick<HttpClient, "call">, id: number, winner: Player): Promise<void> {
  const body = { agent_id: winner.id, text: "Verified." };
  const answer = await client.call({ method: "POST", path: `/api/messages/${id}/reply/`, token: winner.token, body });
  if (answer.status !== 200 || answer.body.status !== "closed") {
    throw new Failure(`the winner's reply answered ${answer.status}: ${text(answer)}`);
  }
}

const text = (answer: HttpAnswer) => JSON.stringify(answer.body).slice(0, 200);
