import { createUser } from "../../../src/commands/create-user.js";
import { refreshTokenHash } from "../../../src/commands/open-session.js";
import type { Role } from "../../../src/domain/policy.js";
import type { Answered, ApiUnderTest } from "../api-under-test.js";

export interface Session {
  access: string;
  refresh: string;
  user: { id: number };
}

const password = "correct horse battery";
let made = 0;

/** Makes a user that can sign in. */
export async function makeUser(api: ApiUnderTest, role: Role = "agent") {
  const email = `user${++made}@signed-in.test`;
  const { id } = await createUser({ db: api.db }, { role, name: `User ${made}`, email, password });
  return { id, email, password, signIn: () => signIn(api, email) };
}

/** A session of the user of that address. */
export async function signIn(api: ApiUnderTest, email: string): Promise<Session> {
  return (await api.call("POST", "/api/auth/login/", { email, password })).body;
}

export const refresh = (api: ApiUnderTest, token: string): Promise<Answered> =>
  api.call("POST", "/api/auth/refresh/", { refresh: token });

export const logout = (api: ApiUnderTest, session: Session, token = session.refresh): Promise<Answered> =>
  api.call("POST", "/api/auth/logout/", { refresh: token }, { token: session.access });

/** What a call with that access token answers: 200 while it stands. */
export const statusWith = async (api: ApiUnderTest, access: string): Promise<number> =>
  (await api.call("GET", "/api/agents/", undefined, { token: access })).status;

/** Closing a user's sockets, as it is told to the relays. */
export const closing = (userId: number) => ({ kind: "close_user", userId, code: 4401, reason: expectText });

const expectText = { asymmetricMatch: (value: unknown) => typeof value === "string" && value !== "" };

/** Lets a session run out. */
export const expire = (api: ApiUnderTest, session: Session) =>
  api.db.pool.query("UPDATE refresh_tokens SET expires_at = now() - interval '1 s' WHERE token_hash = $1", [
    refreshTokenHash(session.refresh),
  ]);
