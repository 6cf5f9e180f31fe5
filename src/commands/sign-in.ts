import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import type { Database, Executor } from "../db/database.js";
import { inTransaction } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import type { Role } from "../domain/policy.js";
import { verifyPassword } from "../runtime/passwords.js";
import type { Tokens } from "../runtime/tokens.js";

export interface SignInContext {
  db: Database;
  tokens: Tokens;
  refreshTtlS: number;
}

export interface SignedIn {
  access: string;
  refresh: string;
  user: { id: number; email: string | null; name: string; role: Role };
}

interface User {
  id: number;
  email: string | null;
  name: string;
  role: Role;
  token_version: number;
}

const columns = ["id", "email", "name", "role", "token_version"] as const;

const hashOf = (token: string): Buffer => createHash("sha256").update(token).digest();

/** Signs in by e-mail and password. Throws `invalid_credentials`, the same for an unknown address and a wrong password. */
export async function signIn(ctx: SignInContext, input: { email: string; password: string }): Promise<SignedIn> {
  const user = await ctx.db.kysely
    .selectFrom("users")
    .select([...columns, "password_hash"])
    .where(sql`lower(email)`, "=", input.email.toLowerCase())
    .where("disabled_at", "is", null)
    .executeTakeFirst();
  if (!(await verifyPassword(input.password, user?.password_hash ?? null)) || !user) {
    throw new Refusal("invalid_credentials", "E-mail or password is wrong.");
  }
  return issueTokens(ctx, ctx.db.kysely, user);
}

/** A new pair of tokens for a refresh token, which is used up by it. Throws `unauthorized`. */
export async function refreshTokens(ctx: SignInContext, input: { refresh: string }): Promise<SignedIn> {
  return inTransaction(ctx.db, async (tx) => {
    const used = await tx
      .updateTable("refresh_tokens")
      .set({ used_at: sql<Date>`now()` })
      .where("token_hash", "=", hashOf(input.refresh))
      .where("used_at", "is", null)
      .where("expires_at", ">", sql<Date>`now()`)
      .returning("user_id")
      .executeTakeFirst();
    const user = used
      ? await tx
          .selectFrom("users")
          .select(columns)
          .where("id", "=", used.user_id)
          .where("disabled_at", "is", null)
          .executeTakeFirst()
      : undefined;
    if (!user) throw new Refusal("unauthorized", "The refresh token is unknown, used or expired.");
    return issueTokens(ctx, tx, user);
  });
}

/** Revokes a refresh token. Whose it was, or null when it was none; whoever asks gets the same answer either way. */
export async function signOut(ctx: { db: Database }, input: { refresh: string }): Promise<{ userId: number | null }> {
  const row = await ctx.db.kysely
    .deleteFrom("refresh_tokens")
    .where("token_hash", "=", hashOf(input.refresh))
    .returning("user_id")
    .executeTakeFirst();
  return { userId: row?.user_id ?? null };
}

async function issueTokens(ctx: SignInContext, db: Executor, user: User): Promise<SignedIn> {
  const { id, email, name, role } = user;
  const access = await ctx.tokens.sign({ sub: id, role, name, tv: user.token_version });
  const refresh = randomBytes(32).toString("base64url");
  await db
    .insertInto("refresh_tokens")
    .values({
      token_hash: hashOf(refresh),
      user_id: id,
      expires_at: new Date(Date.now() + ctx.refreshTtlS * 1000),
      used_at: null,
    })
    .execute();
  return { access, refresh, user: { id, email, name, role } };
}
