import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningSystem, startRunningSystem } from "../../support/running-system.js";
import { until } from "../../support/until.js";
import { WebhookReceiver } from "../../support/webhook-receiver.js";

let system: RunningSystem;
let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await new WebhookReceiver().start();
  // A lease lasts twice the deadline and five seconds.
  const env = { OUTBOUND_ALLOW: "127.0.0.1", WEBHOOK_DEADLINE_MS: "500" };
  system = await startRunningSystem({ args: ["--no-demo"], env });
});
afterAll(async () => {
  await system?.stop();
  await receiver?.stop();
});

async function post(path: string, body: unknown): Promise<{ id: number; conversation_id: number }> {
  const answer = await fetch(`${system.api}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status, path).toBe(201);
  return (await answer.json()) as { id: number; conversation_id: number };
}

test("a worker killed between sending and recording: the event comes again with its id, and before the next one", async () => {
  let killed: number[] = [];
  receiver.act = (_, nth) => {
    if (nth === 1) {
      killed = system.pids("worker");
      for (const pid of killed) process.kill(pid, "SIGKILL");
    }
    return { kind: "answer", status: 204 };
  };
  await post("/api/webhooks/", { url: receiver.url, events: ["message:new"] });
  const first = await post("/api/messages/", { user_id: "U001", body: "first" });
  await until(() => killed.length > 0, "the first call", 20_000);
  await post("/api/messages/", { user_id: "U001", body: "second", reply_to: first.id });
  const said = () => receiver.calls.map(({ body }) => body.data.message.text);
  await until(() => said().includes("second"), "the second message", 40_000);
  expect(said()).toEqual(["first", "first", "second"]);
  const [one, again, next] = receiver.ids();
  expect([one === again, one === next]).toEqual([true, false]);
  expect(receiver.calls.map(({ body }) => body.out_of_order)).toEqual([false, false, false]);
});
