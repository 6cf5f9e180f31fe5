import { randomBytes } from "node:crypto";
import { type ApiContext, headerOf } from "../environment.js";

const acceptable = /^[A-Za-z0-9._-]{1,128}$/;

/** The request's id: the caller's own X-Request-Id when it is a valid one, else a new one. */
export function requestIdOf(c: ApiContext): string {
  const given = headerOf(c, "x-request-id");
  return given !== undefined && acceptable.test(given) ? given : newRequestId();
}

let pool = Buffer.alloc(0);
let used = 0;

/** 12 random bytes, taken from a pool: one call to the system for hundreds of requests. */
export function newRequestId(): string {
  if (used + 12 > pool.length) {
    pool = randomBytes(12 * 256);
    used = 0;
  }
  used += 12;
  return pool.toString("base64url", used - 12, used);
}
