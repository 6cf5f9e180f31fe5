import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveClient } from "../../../src/console/live/live-client.js";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { clientSocket } from "../../support/socket-factory.js";
import { until } from "../../support/until.js";

// Seed 000's own lines, as they are printed there: no token, no trailing slash.

let system: RunningSystem;
beforeAll(async () => {
  system = await startRunningSystem();
}, 120_000);
afterAll(async () => {
  expect(await system.stop()).toBe(0);
}, 30_000);

async function post(path: string, body: unknown) {
  const answer = await fetch(`${system.api}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

test("the four curl lines, and a socket that sees it all", async () => {
  const frames: Record<string, unknown>[] = [];
  let isOpen = false;
  const client = new LiveClient({
    socket: clientSocket,
    onHello: () => {
      isOpen = true;
    },
    onFrame: (frame) => frames.push(frame as Record<string, unknown>),
  });
  client.connect(system.socket);
  await until(() => isOpen, "the socket");

  const sent = await post("/api/messages/", { user_id: "U001", body: "When will my loan be disbursed?" });
  expect(sent).toMatchObject({ status: 201, body: { status: "unassigned", user_id: "U001" } });
  const id = sent.body.id;
  const about = () => frames.filter((frame) => frame.message_id === id);
  await until(() => about().some((frame) => frame.reason === "routed"), "it to be scored and routed");

  expect(await post("/api/messages/12/claim", { agent_id: 1 })).toMatchObject({
    status: 200,
    body: { status: "claimed", message_id: 12, claimed_by: "Agent 1", assigned_to: 1 },
  });
  expect(await post("/api/messages/12/claim", { agent_id: 2 })).toMatchObject({
    status: 409,
    body: { status: "already_claimed", by: "Agent 1" },
  });
  expect(
    await post("/api/messages/12/reply", { agent_id: 1, text: "Your loan will be processed in 24 hours." }),
  ).toMatchObject({ status: 200, body: { status: "closed", reply: { agent_id: 1 } } });
  expect(await post("/api/messages/12/canned", { agent_id: 1, canned_id: 2 })).toMatchObject({
    status: 409,
    body: { status: "already_closed" },
  });

  await post(`/api/messages/${id}/claim`, { agent_id: 1 });
  expect(await post(`/api/messages/${id}/canned`, { agent_id: 1, canned_id: 2 })).toMatchObject({
    status: 200,
    body: { status: "closed", reply: { canned_id: 2 } },
  });
  await until(() => about().some((frame) => frame.status === "closed"), "the news that it is closed");
  expect(about().map((frame) => [frame.type, frame.reason])).toEqual(
    expect.arrayContaining([
      ["message_new", undefined],
      ["message_update", "scored"],
      ["message_update", "claim"],
      ["message_update", "reply"],
    ]),
  );
  const positions = frames.flatMap((frame) => (typeof frame.pos === "number" ? [frame.pos] : []));
  expect(positions).toEqual(positions.map((_, index) => (positions[0] ?? 0) + index));
  client.close();
});

test("the demo is closed to pages of others", async () => {
  const foreign = await fetch(`${system.api}/api/messages/`, { headers: { origin: "https://evil.example" } });
  expect(foreign.status).toBe(403);
  const crossSite = await fetch(`${system.api}/api/messages/`, { headers: { "sec-fetch-site": "cross-site" } });
  expect(crossSite.status).toBe(403);
});
