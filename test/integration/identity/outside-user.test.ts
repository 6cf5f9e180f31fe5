import { generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { admitOutsideUser } from "../../../src/commands/admit-outside-user.js";
import { viewerOf } from "../../../src/realtime/authenticate.js";
import { userReader } from "../../../src/realtime/read-user.js";
import { createTokens } from "../../../src/runtime/tokens.js";
import { type ApiUnderTest, people, startApi } from "../../contract/api-under-test.js";
import { until } from "../../support/until.js";

const secret = "a secret of a test, 32 characters";
const shared = "a secret that two share, 32 chars";
const issuer = "https://issuer.test";
const rules = { issuer, audience: "the desk", roleClaim: "role", userIdClaim: "sub" };
const tokens = createTokens({ secret, accessTtlS: 900, outside: { ...rules, keys: { secrets: [shared] } } });

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ TICKET_CAPACITY: 4 }, { tokens });
});
afterAll(() => api.drop());

let nonce = 0;
/** A token of the outside issuer; each another text, so that no cache knows it. */
const tokenOf = (sub: string, role: string, claims: Record<string, unknown> = {}) =>
  unsigned(sub, role, claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(shared));
const unsigned = (sub: string, role: string, claims: Record<string, unknown> = {}) =>
  new SignJWT({ role, nonce: ++nonce, ...claims })
    .setIssuer(issuer)
    .setAudience("the desk")
    .setSubject(sub)
    .setExpirationTime("5m");

const agents = async (token: string) => {
  const { status, body } = await api.call("GET", "/api/agents/", undefined, { token });
  return [status, body.status];
};
const write = (token: string, body = "hello") => api.call("POST", "/api/messages/", { body }, { token });
const viewer = (token: string, by = tokens) =>
  viewerOf(token, {
    verifyToken: by.verify,
    admitOutside: (person) => admitOutsideUser({ db: api.db, capacity: 4 }, person),
    readUser: userReader(api.db),
    openDemo: false,
    allowedHosts: [],
    allowedOrigins: [],
  });
const usersOf = async (subject: string) =>
  (await api.db.pool.query("SELECT id, role, name FROM users WHERE external_subject = $1", [subject])).rows;

it("an agent is made at its first call, with the desk's capacity, kept in the audit log, and is the same on sockets", async () => {
  expect(await agents(await tokenOf("amina", "agent", { name: "Amina" }))).toEqual([200, undefined]);
  const [user, ...others] = await usersOf("amina");
  expect([user.role, user.name, others]).toEqual(["agent", "Amina", []]);
  const { actor, expiresAtMs } = await viewer(await tokenOf("amina", "agent", { name: "Other" }));
  expect(actor).toEqual({ kind: "user", id: user.id, role: "agent", name: "Amina" });
  expect(expiresAtMs).toBeGreaterThan(Date.now());
  const { rows } = await api.db.pool.query("SELECT capacity, availability FROM agents WHERE id = $1", [user.id]);
  expect(rows).toEqual([{ capacity: 4, availability: "offline" }]);
  const { rows: log } = await api.db.pool.query("SELECT action, actor_kind FROM audit_log WHERE subject_id = $1", [
    String(user.id),
  ]);
  expect(log).toEqual([{ action: "user.create", actor_kind: "system" }]);
});

it("many first calls at once, at both doors, make one user", async () => {
  const first = await Promise.all(Array.from({ length: 12 }, () => tokenOf("ben", "customer")));
  const answers = await Promise.all(first.map((token, index) => (index % 3 ? write(token) : viewer(token))));
  expect(answers).toHaveLength(12);
  const found = await usersOf("ben");
  expect(found).toHaveLength(1);
  const { rows } = await api.db.pool.query("SELECT id, total_tickets FROM customers WHERE user_id = 'ben'");
  expect(rows).toEqual([{ id: found[0].id, total_tickets: 8 }]);
});

it("a first call at the same moment as the intake's first message is that customer", async () => {
  for (let round = 0; round < 8; round++) {
    const userId = `same-${round}`;
    const [sent, messageId] = await Promise.all([
      tokenOf(userId, "customer").then((token) => write(token)),
      api.message("from the shop", userId),
    ]);
    expect(sent.status).toBe(201);
    const mine = await api.call("GET", `/api/messages/${messageId}`, undefined, {
      token: await tokenOf(userId, "customer"),
    });
    expect(mine.status).toBe(200);
    expect(await usersOf(userId)).toHaveLength(1);
  }
});

it("a customer that the desk knows already is that one; another subject with its id is refused", async () => {
  const messageId = await api.message("before any token", "K7");
  const token = await tokenOf("K7", "customer");
  expect((await api.call("GET", `/api/messages/${messageId}`, undefined, { token })).status).toBe(200);
  const person = { role: "customer", name: "", email: null, userId: "K7" } as const;
  const other = admitOutsideUser(
    { db: api.db, capacity: 4 },
    { ...person, outside: { issuer, subject: "somebody else" } },
  );
  await expect(other).rejects.toMatchObject({ code: "unauthorized" });
  expect(await usersOf("somebody else")).toEqual([]);
});

it("a token whose role is another than the user's is refused at both doors, and changes nothing", async () => {
  expect((await write(await tokenOf("cleo", "customer"))).status).toBe(201);
  const token = await tokenOf("cleo", "admin");
  const answer = await api.call("GET", "/api/users/", undefined, { token });
  expect([answer.status, answer.body.status]).toEqual([403, "forbidden"]);
  expect(answer.body.detail).toMatch(/admin.*customer/);
  await expect(viewer(token)).rejects.toMatchObject({ code: "forbidden" });
  expect((await usersOf("cleo"))[0].role).toBe("customer");
});

it("a disabled one is refused at both doors, also by a token that was good before", async () => {
  const token = await tokenOf("dan", "agent");
  expect(await agents(token)).toEqual([200, undefined]);
  const [{ id }] = await usersOf("dan");
  const admin = { token: api.tokens.admin };
  expect((await api.call("PATCH", `/api/users/${id}`, { disabled: true }, admin)).status).toBe(200);
  expect(await agents(token)).toEqual([401, "unauthorized"]);
  expect(await agents(await tokenOf("dan", "agent"))).toEqual([401, "unauthorized"]);
  await expect(viewer(token)).rejects.toMatchObject({ code: "unauthorized" });
  expect((await api.call("DELETE", `/api/users/${id}`, undefined, admin)).status).toBe(204);
  expect(await agents(await tokenOf("dan", "agent"))).toEqual([401, "unauthorized"]);
});

it("who was erased and comes again is a new customer", async () => {
  expect((await write(await tokenOf("eve", "customer"))).status).toBe(201);
  const [{ id }] = await usersOf("eve");
  const erased = await api.call("DELETE", `/api/customers/${id}`, undefined, { token: api.tokens.admin });
  expect(erased.status).toBeLessThan(300);
  const again = await until(async () => {
    const sent = await write(await tokenOf("eve", "customer"));
    return sent.status === 201 && sent.body;
  }, "the new customer's message");
  expect(again.customer.id).not.toBe(id);
  expect((await usersOf("eve")).map((user) => user.id)).toEqual([again.customer.id]);
});

it("503, not 401, at both doors while the issuer's keys cannot be fetched; our own tokens are good", async () => {
  const keys = { jwksUrl: "http://127.0.0.1:9/keys" };
  const away = createTokens({ secret, accessTtlS: 900, outside: { ...rules, keys } });
  const other = await startApi({}, { tokens: away });
  const { privateKey } = await generateKeyPair("RS256");
  const token = await unsigned("amina", "agent").setProtectedHeader({ alg: "RS256", kid: "1" }).sign(privateKey);
  try {
    const outside = await other.call("GET", "/api/agents/", undefined, { token });
    expect([outside.status, outside.body.status, outside.headers.get("retry-after")]).toEqual([
      503,
      "unavailable",
      "1",
    ]);
    await expect(viewer(token, away)).rejects.toMatchObject({ code: "unavailable" });
    const own = await away.sign({ sub: people.agent, role: "agent", name: "Agent 1", tv: 0 });
    expect((await other.call("GET", "/api/agents/", undefined, { token: own })).status).toBe(200);
  } finally {
    await other.drop();
  }
});

it("401: without an outside issuer its tokens are none", async () => {
  const own = await startApi();
  try {
    const answer = await own.call("GET", "/api/agents/", undefined, { token: await tokenOf("amina", "agent") });
    expect([answer.status, answer.body.status]).toEqual([401, "unauthorized"]);
  } finally {
    await own.drop();
  }
});
