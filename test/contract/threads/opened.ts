import { type Answered, type ApiUnderTest, people } from "../api-under-test.js";

/** A thread of the two customers; its id. */
export async function openedThread(api: ApiUnderTest, jobId?: number): Promise<number> {
  const body = { participant_ids: [people.customer, people.customer2], ...(jobId ? { job_id: jobId } : {}) };
  const answer = await api.call("POST", "/api/chat/threads/", body, { token: api.tokens.customer });
  if (answer.status > 201) throw new Error(`the thread was answered ${answer.status}`);
  return answer.body.id;
}

/** Calls what belongs to a thread. */
export function inThread(
  api: ApiUnderTest,
  id: number | string,
  path: string,
  body?: unknown,
  token = api.tokens.customer,
  method = body === undefined ? "GET" : "POST",
): Promise<Answered> {
  return api.call(method, `/api/chat/threads/${id}/${path}`, body, { token });
}

/** A support case: a conversation that a message of the first customer opened, and its ticket. */
export async function supportCase(api: ApiUnderTest): Promise<{ ticketId: number; conversationId: number }> {
  const ticketId = await api.message();
  const { rows } = await api.db.pool.query("SELECT conversation_id FROM tickets WHERE id = $1", [ticketId]);
  return { ticketId, conversationId: rows[0].conversation_id };
}

/** The frames of a conversation so far: types, in order. */
export async function toldIn(api: ApiUnderTest, conversationId: number): Promise<string[]> {
  const { rows } = await api.db.pool.query("SELECT type FROM outbox WHERE stream = $1 ORDER BY id", [
    `conversation:${conversationId}`,
  ]);
  return rows.map((row) => row.type);
}
