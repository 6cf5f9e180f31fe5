import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { visibilityModes } from "../../../src/domain/visibility.js";
import { people } from "../api-under-test.js";
import { type DeskInView, type Kind, openDeskInView, seenIn } from "./desk-in-view.js";

describe.each(visibilityModes)("AGENT_VISIBILITY=%s", (mode) => {
  let desk: DeskInView;
  beforeAll(async () => {
    desk = await openDeskInView(mode);
  });
  afterAll(() => desk.drop());

  async function list(query: string, token = desk.tokens.agent) {
    const answer = await desk.call("GET", `/api/${query}`, undefined, { token });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body.results as { id: number; user_id: string }[];
  }
  const idsOf = (kinds: readonly Kind[]) => kinds.map((kind) => desk.ids[kind]).sort((a, b) => a - b);
  const sorted = (rows: { id: number }[]) => rows.map(({ id }) => id).sort((a, b) => a - b);
  const narrowedTo = (...kinds: Kind[]) => idsOf(seenIn[mode].filter((kind) => kinds.includes(kind)));

  const containing = (text: string) => seenIn[mode].filter((kind) => kind.toLowerCase().includes(text.toLowerCase()));

  it("lists what is seen, in every order, whole and page by page", async () => {
    for (const order of ["newest", "oldest", "queue"]) {
      const whole = await list(`messages/?order=${order}`);
      expect(sorted(whole), order).toEqual(idsOf(seenIn[mode]));
      const paged: number[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const query = `/api/messages/?order=${order}&limit=2${cursor && `&cursor=${cursor}`}`;
        const page = await desk.call("GET", query, undefined, { token: desk.tokens.agent });
        paged.push(...page.body.results.map(({ id }: { id: number }) => id));
        cursor = page.body.next;
      }
      expect(paged, order).toEqual(whole.map(({ id }) => id));
    }
  });

  it("narrows by filter within what is seen", async () => {
    expect(sorted(await list("messages/?status=unassigned"))).toEqual(narrowedTo("inQueue", "elsewhere"));
    expect(sorted(await list("messages/?status=unassigned&order=queue"))).toEqual(narrowedTo("inQueue", "elsewhere"));
    expect(sorted(await list("messages/?status=closed"))).toEqual(narrowedTo("closed"));
    expect(sorted(await list("messages/?assigned_to=me"))).toEqual(narrowedTo("held", "heldElsewhere", "closed"));
    expect(sorted(await list("messages/?assigned_to=none"))).toEqual(narrowedTo("inQueue", "elsewhere"));
    expect(sorted(await list(`messages/?assigned_to=${people.agent2}`))).toEqual(
      narrowedTo("othersInQueue", "othersElsewhere"),
    );
    expect(sorted(await list("messages/?user_id=elsewhere"))).toEqual(narrowedTo("elsewhere"));
  });

  it("finds what is seen, by its words and by its customer", async () => {
    for (const order of ["", "&order=newest", "&order=queue"]) {
      expect(sorted(await list(`messages/?search=loan${order}`))).toEqual(idsOf(seenIn[mode]));
    }
    for (const kind of Object.keys(desk.ids) as Kind[]) {
      expect(sorted(await list(`messages/?search=${kind}`)), kind).toEqual(narrowedTo(...containing(kind)));
    }
  });

  it("finds a word that all say among what is seen", async () => {
    await desk.db.pool.query(`
      INSERT INTO messages (conversation_id, seq, text)
      SELECT conversation_id, 1000 + g, 'common' FROM tickets, generate_series(1, 40) g`);
    expect(sorted(await list("messages/?search=common"))).toEqual(idsOf(seenIn[mode]));
    expect(sorted(await list("messages/?search=common&status=closed"))).toEqual(narrowedTo("closed"));
  });

  it("lists the customers of whom a ticket is seen, with those tickets", async () => {
    const customers = await list("customers/");
    const named = customers.map(({ user_id }) => user_id).filter((name) => name in desk.ids);
    expect(named.sort()).toEqual([...seenIn[mode]].sort());
    expect(customers.some(({ user_id }) => user_id === "U001")).toBe(mode === "all");
    expect((await list("customers/?search=elsewhere")).length).toBe(containing("elsewhere").length);
    await desk.db.pool.query(
      `UPDATE tickets SET customer_id = (SELECT customer_id FROM tickets WHERE id = $1) WHERE id = ANY($2)`,
      [desk.ids.held, [desk.ids.elsewhere, desk.ids.othersInQueue]],
    );
    const held = customers.find(({ user_id }) => user_id === "held");
    const one = await desk.call("GET", `/api/customers/${held?.id}/`, undefined, { token: desk.tokens.agent });
    expect(sorted(one.body.tickets)).toEqual(narrowedTo("held", "elsewhere", "othersInQueue"));
  });

  it("lists all for an admin, and for an agent without a list of queues unless it sees its own only", async () => {
    const all = idsOf(Object.keys(desk.ids) as Kind[]);
    expect(sorted(await list("messages/", desk.tokens.admin))).toEqual(all);
    const agent2 = sorted(await list("messages/", desk.tokens.agent2));
    expect(agent2).toEqual(mode === "own" ? idsOf(["othersInQueue", "othersElsewhere"]) : all);
  });
});

it("shows no texts in the figures", async () => {
  const desk = await openDeskInView("own");
  try {
    for (const path of ["/api/stats/queues/", "/api/stats/agents/"]) {
      const answer = await desk.call("GET", path, undefined, { token: desk.tokens.agent });
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.body)).not.toMatch(/Where is my loan|Paid\.|elsewhere/);
    }
  } finally {
    await desk.drop();
  }
});
