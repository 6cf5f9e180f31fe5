import { createHmac } from "node:crypto";
import { accessToken } from "../../access-token.js";
import type { Desk } from "../../desk.js";

/** Tokens of a user that must all be refused, each for one reason. */
export interface ForgedTokens {
  /** Ours, of an hour ago. */
  expired: string;
  /** Signed with our secret, by another issuer for another audience. */
  elsewhere: string;
  /** Our claims, another secret. */
  otherSecret: string;
  /** Our claims, `alg: none`. */
  unsigned: string;
}

const hourS = 3600;

/** Makes them from a valid one, so that nothing but the one thing is wrong with each. */
export async function forgedTokens(desk: Desk, userId: number): Promise<ForgedTokens> {
  const valid = await accessToken(desk, userId);
  const [head = "", payload = ""] = valid.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
  const other = { ...claims, iss: "https://issuer.invalid", aud: "elsewhere" };
  return {
    expired: await accessToken(desk, userId, -hourS),
    elsewhere: signed(head, part(other), desk.config.jwtSecret),
    otherSecret: signed(head, payload, `not ${desk.config.jwtSecret}`),
    unsigned: `${part({ alg: "none", typ: "JWT" })}.${payload}.`,
  };
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function signed(head: string, payload: string, secret: string): string {
  const signature = createHmac("sha256", secret).update(`${head}.${payload}`).digest("base64url");
  return `${head}.${payload}.${signature}`;
}
