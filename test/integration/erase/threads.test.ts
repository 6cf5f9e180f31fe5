import { afterAll, beforeAll, expect, it } from "vitest";
import { changeConversation } from "../../../src/commands/change-conversation.js";
import { changeDispute } from "../../../src/commands/change-dispute.js";
import { createDispute } from "../../../src/commands/create-dispute.js";
import { createUser } from "../../../src/commands/create-user.js";
import { eraseCustomer } from "../../../src/commands/erase-customer.js";
import { initiatePayment } from "../../../src/commands/initiate-payment.js";
import { openThread } from "../../../src/commands/open-thread.js";
import { postMessage } from "../../../src/commands/post-message.js";
import { respondAsUser } from "../../../src/commands/respond-as-user.js";
import { updateJob } from "../../../src/commands/update-job.js";
import type { Actor } from "../../../src/domain/policy.js";
import { admin, type Desk, openDesk } from "../../support/desk.js";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.js";

let test_: TestDatabase;
let desk: Desk;
let erased: Actor & { id: number };
let other: Actor & { id: number };
beforeAll(async () => {
  test_ = await createTestDatabase();
  desk = await openDesk(test_.db);
  const make = async (name: string): Promise<Actor & { id: number }> => {
    const user = await createUser(test_, { role: "customer", name, email: null, password: null, userId: name });
    return { kind: "user", id: user.id, role: "customer", name };
  };
  [erased, other] = [await make("Zebulon"), await make("Yolanda")];
});
afterAll(async () => {
  await desk.close();
  await test_.drop();
});

it("takes a customer's words out of threads, disputes, payments and jobs, and leaves the others' alone", async () => {
  const mine = desk.as(erased);
  const { conversationId } = await openThread(mine, { participantIds: [other.id] });
  await postMessage(mine, { conversationId, text: "zebra one", metadata: { zebra: true }, clientId: "zebra" });
  const first = await createDispute(mine, {
    conversationId,
    subject: "zebra two",
    description: "zebra three",
    amount: 5,
  });
  await changeDispute(mine, { disputeId: first.disputeId, status: "withdrawn", note: "zebra seven" });
  await changeConversation(mine, { conversationId, title: "zebra nine" });
  await changeConversation(mine, { conversationId, isArchived: true });
  await initiatePayment(mine, { conversationId, amount: 7, description: "zebra four" });
  await updateJob(mine, { conversationId, jobStatus: "open", note: "zebra five" });
  await createDispute(desk.as(other), { conversationId, subject: "yak", description: "yak" });
  const bot = await respondAsUser(mine, { text: "zebra six", opens: "bot" });
  await changeConversation(mine, { conversationId: bot.conversationId, title: "zebra eight" });
  await eraseCustomer(desk.as(admin), { customerId: erased.id });
  const left = await test_.db.pool.query(`
    SELECT 'messages' AS t FROM messages m WHERE m::text ILIKE '%zebra%'
    UNION ALL SELECT 'disputes' FROM disputes d WHERE d::text ILIKE '%zebra%'
    UNION ALL SELECT 'conversations' FROM conversations c WHERE c::text ILIKE '%zebra%'
    UNION ALL SELECT 'payments' FROM payments p WHERE p::text ILIKE '%zebra%'
    UNION ALL SELECT 'job_updates' FROM job_updates j WHERE j::text ILIKE '%zebra%'
    UNION ALL SELECT 'outbox' FROM outbox o WHERE o::text ILIKE '%zebra%' OR o::text ILIKE '%zebulon%'`);
  expect(left.rows).toEqual([]);
  const { rows: faces } = await test_.db.pool.query(
    "SELECT payload->'participants' AS participants FROM outbox WHERE type = 'conversation' ORDER BY id",
  );
  expect(faces.map(({ participants }) => participants.map(({ name }: { name: string }) => name))).toEqual([
    ["", "Yolanda"],
    ["", "Yolanda"],
    [""],
  ]);
  const yaks = await test_.db.pool.query("SELECT subject, amount FROM disputes ORDER BY id");
  expect(yaks.rows).toEqual([
    { subject: "", amount: "5.00" },
    { subject: "yak", amount: null },
  ]);
  // A call of that customer that was under way finds nothing to write in.
  for (const id of [conversationId, bot.conversationId]) {
    await expect(postMessage(mine, { conversationId: id, text: "late" })).rejects.toMatchObject({
      code: "conversation_not_found",
    });
  }
  await expect(respondAsUser(mine, { text: "late", opens: "bot" })).rejects.toMatchObject({ code: "forbidden" });
  expect((await postMessage(desk.as(other), { conversationId, text: "hello?" })).isNew).toBe(true);
});
