import type { Answered, ApiUnderTest } from "../api-under-test.js";
import { people } from "../api-under-test.js";

/** A message that the first agent has claimed; its id. */
export async function claimedMessage(api: ApiUnderTest, body = "When will my loan be disbursed?"): Promise<number> {
  const id = await api.message(body);
  const answer = await api.call(
    "POST",
    `/api/messages/${id}/claim/`,
    { agent_id: people.agent },
    { token: api.tokens.agent },
  );
  if (answer.status !== 200) throw new Error(`the claim was answered ${answer.status}`);
  return id;
}

/** Calls an action of a message as the first agent, or as whoever has the token. */
export function act(
  api: ApiUnderTest,
  id: number | string,
  action: string,
  body?: unknown,
  token = api.tokens.agent,
): Promise<Answered> {
  return api.call(action === "urgency" ? "PATCH" : "POST", `/api/messages/${id}/${action}/`, body, { token });
}
