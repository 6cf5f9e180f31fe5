import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { frameOfType, makeConversation } from "../../integration/realtime/chat-desk.js";
import { refusal } from "../../integration/realtime/raw-client.js";
import { makeUser } from "../../integration/realtime/relay-fixture.js";
import { until } from "../../support/until.js";
import { type ChatUnderTest, chatWays, type Person, startChat } from "./chat-under-test.js";

const drivers = chatWays.filter(({ redis }) => redis === "none");

describe.each(drivers.flatMap((way) => (["queues", "own"] as const).map((mode) => ({ ...way, mode }))))(
  "AGENT_VISIBILITY=$mode on chat sockets on $name",
  (way) => {
    let chat: ChatUnderTest;
    let agent: Person;
    let other: Person;

    beforeAll(async () => {
      // Nobody looks by itself who may stay: what is asked for is what is tested.
      chat = await startChat(way, 300, { mode: way.mode, everyMs: 600_000 });
      const { pool } = chat.database.db;
      await pool.query("INSERT INTO queues (name) VALUES ('loans') ON CONFLICT DO NOTHING");
      [agent, other] = [await makeUser(chat.database.db, "agent"), await makeUser(chat.database.db, "agent")];
      await pool.query("INSERT INTO agents (id) VALUES ($1), ($2)", [agent.id, other.id]);
      await pool.query("INSERT INTO agent_queues (agent_id, queue) VALUES ($1, 'loans'), ($2, 'loans')", [
        ...[agent.id, other.id],
      ]);
      await pool.query("INSERT INTO customers (id, user_id) VALUES ($1, 'ann')", [chat.ann.id]);
    });
    afterAll(() => chat.stop());

    /** A case of Ann's, in a queue, and whose it is. */
    async function caseOf(queue: string, owner: number | null): Promise<number> {
      const { db } = chat.database;
      const id = await makeConversation(db, "support", [{ id: chat.ann.id, role: "customer" }]);
      await db.pool.query(
        `WITH said AS (
         INSERT INTO messages (conversation_id, seq, sender_id, text) VALUES ($1, 1, $2, 'help') RETURNING id
       ), counted AS (UPDATE conversations SET last_seq = 1 WHERE id = $1)
       INSERT INTO tickets (conversation_id, customer_id, opening_message_id, due_at, queue, status, assignee_id, assigned_at)
       SELECT $1, $2, id, now(), $3, CASE WHEN $4::bigint IS NULL THEN 'unassigned' ELSE 'in_progress' END, $4,
              CASE WHEN $4::bigint IS NULL THEN NULL ELSE now() END FROM said`,
        [id, chat.ann.id, queue, owner],
      );
      return id;
    }
    const move = (id: number, queue: string, owner: number | null) =>
      chat.database.db.pool.query(
        `UPDATE tickets SET queue = $2, assignee_id = $3, version = version + 1 WHERE conversation_id = $1`,
        [id, queue, owner],
      );
    const door = async (id: number, who = agent) => {
      const url = `${chat.relay.url}/ws/chat/${id}/?token=${who.token}`;
      return refusal(url).then(
        ({ status, body }) => [status, body.status],
        () => [101],
      );
    };
    const hidden = [404, "conversation_not_found"];

    it("a case out of sight is as good as none, by whichever way it is", async () => {
      expect(await door(999_999)).toEqual(hidden);
      expect(await door(await caseOf("general", null))).toEqual(hidden);
      expect(await door(await caseOf("general", other.id))).toEqual(hidden);
      expect(await door(await caseOf("general", agent.id))).toEqual([101]);
      const waiting = await caseOf("loans", null);
      expect(await door(waiting)).toEqual(way.mode === "queues" ? [101] : hidden);
      expect(await door(waiting, chat.admin)).toEqual([101]);
      expect(await door(waiting, chat.ann)).toEqual([101]);
    });

    it("an agent whose case went out of sight says nothing there any more, and is sent away with 4403", async () => {
      const id = await caseOf("loans", agent.id);
      const [mine, customer] = [await chat.enter(id, agent), await chat.enter(id, chat.ann)];
      mine.send({ type: "message", text: "I look at it", client_id: "before" });
      await frameOfType(mine, "ack");
      await move(id, "general", other.id);
      const before = mine.frames.length;
      const errors = () => mine.frames.slice(before).filter(({ type }) => type === "error");
      mine.send({ type: "message", text: "still me", client_id: "after" });
      mine.send({ type: "message", text: "between us", message_type: "note", client_id: "note" });
      mine.send({ type: "read" });
      mine.send({ type: "typing", is_typing: true });
      await until(() => errors().length === 4, "four refusals");
      expect(errors().map(({ status }) => status)).toEqual(Array(4).fill("conversation_not_found"));
      await chat.relay.bus.publishControl({ kind: "check_room", conversationId: id });
      await until(() => mine.closed !== null, "closed");
      expect(mine.closed?.code).toBe(4403);
      expect(await door(id)).toEqual(hidden);
      const { rows } = await chat.database.db.pool.query(
        "SELECT text FROM messages WHERE conversation_id = $1 ORDER BY seq",
        [id],
      );
      expect(rows.map(({ text }) => text)).toEqual(["help", "I look at it"]);
      expect(customer.closed).toBeNull();
    });
  },
);
