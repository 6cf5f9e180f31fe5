import type { VisibilityMode } from "../../../src/domain/visibility.js";
import { type ApiUnderTest, people, startApi } from "../api-under-test.js";

/** A desk in one of the modes, where agent 1 serves `loans` and agent 2 all queues. */
export interface DeskInView extends ApiUnderTest {
  /** A message of each kind, as agent 1 may stand to it. */
  ids: Record<
    "inQueue" | "elsewhere" | "held" | "heldElsewhere" | "closed" | "othersInQueue" | "othersElsewhere",
    number
  >;
}

export type Kind = keyof DeskInView["ids"];

/** What agent 1 sees in each mode. */
export const seenIn: Record<VisibilityMode, readonly Kind[]> = {
  all: ["inQueue", "elsewhere", "held", "heldElsewhere", "closed", "othersInQueue", "othersElsewhere"],
  queues: ["inQueue", "held", "heldElsewhere", "closed", "othersInQueue"],
  own: ["held", "heldElsewhere", "closed"],
};

/** Every message has a customer of its own, named as its kind; all say "loan". */
export async function openDeskInView(mode: VisibilityMode): Promise<DeskInView> {
  const api = await startApi({ AGENT_VISIBILITY: mode });
  await api.db.kysely.insertInto("agent_queues").values({ agent_id: people.agent, queue: "loans" }).execute();
  const put = async (kind: Kind, queue: string, owner?: number) => {
    const id = await api.message(`Where is my loan, ${kind}?`, kind);
    await api.db.kysely.updateTable("tickets").set({ queue }).where("id", "=", id).execute();
    if (owner !== undefined) await as(api, people.admin, `/api/messages/${id}/claim/`, { agent_id: owner });
    return id;
  };
  const ids = {
    inQueue: await put("inQueue", "loans"),
    elsewhere: await put("elsewhere", "general"),
    held: await put("held", "loans"),
    heldElsewhere: await put("heldElsewhere", "general"),
    closed: await put("closed", "disputes"),
    othersInQueue: await put("othersInQueue", "loans", people.agent2),
    othersElsewhere: await put("othersElsewhere", "general", people.agent2),
  };
  for (const id of [ids.held, ids.heldElsewhere, ids.closed]) {
    await as(api, people.admin, `/api/messages/${id}/claim/`, { agent_id: people.agent });
  }
  await as(api, people.agent, `/api/messages/${ids.closed}/reply/`, { agent_id: people.agent, text: "Paid." });
  return { ...api, ids };
}

async function as(api: ApiUnderTest, user: number, path: string, body: unknown): Promise<void> {
  const token = { [people.agent]: api.tokens.agent, [people.agent2]: api.tokens.agent2 }[user] ?? api.tokens.admin;
  const answer = await api.call("POST", path, body, { token });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
