import { expect, test } from "vitest";
import type { HttpAnswer, HttpCall } from "../../../cli/http-client.js";
import { claimRace } from "../../../cli/verify/claim-race.js";

const agents = [1, 2, 3].map((id) => ({ id, name: `A${id}`, token: `t${id}` }));
const customer = { id: 9, name: "C", token: "t9", userId: "u9" };
const signal = new AbortController().signal;

/** An API whose answers to claims are given by the caller: `claim(token, how many claimed before)`. */
function api(claim: (agent: number, before: number) => HttpAnswer) {
  const closed: number[] = [];
  let claims = 0;
  const call = async ({ path, token }: HttpCall): Promise<HttpAnswer> => {
    const agent = Number(token?.slice(1));
    if (path.endsWith("/claim/")) return claim(agent, claims++);
    if (path.endsWith("/reply/")) {
      closed.push(agent);
      return { status: 200, body: { status: "closed" } };
    }
    claims = 0;
    return { status: 201, body: { id: 77 } };
  };
  return { call, closed };
}

const won = (id: number): HttpAnswer => ({ status: 200, body: { status: "claimed", assigned_to: id } });
const lost = (by: string): HttpAnswer => ({ status: 409, body: { status: "already_claimed", by } });
const race = (client: ReturnType<typeof api>) =>
  claimRace(client, { agents, customer }, { rounds: 2, signal, onRound: () => undefined });

test("one winner, and all others are told its name: it holds, and the winner closes each round", async () => {
  const client = api((id) => (id === 2 ? won(2) : lost("A2")));
  const figures = await race(client);
  expect(figures).toMatchObject({
    rounds: 2,
    held: 2,
    winners: { 1: 2 },
    violations: [],
    wins: { A1: 0, A2: 2, A3: 0 },
  });
  expect(client.closed).toEqual([2, 2]);
});

test.each([
  ["two winners", (id: number) => (id < 3 ? won(id) : lost("A1")), /2 agents got 200/],
  ["no winner", () => lost("A1"), /0 agents got 200/],
  ["a loser who is told another name", (id: number) => (id === 1 ? won(1) : lost("A3")), /names A3, not the winner A1/],
  ["another refusal", (id: number) => (id === 1 ? won(1) : { status: 500, body: {} }), /500/],
  ["a 200 for somebody else", (id: number) => (id === 1 ? won(3) : lost("A1")), /200/],
])("%s does not hold", async (_, answer, reason) => {
  const figures = await race(api(answer));
  expect(figures.held).toBe(0);
  expect(figures.violations[0]).toMatch(reason);
});
