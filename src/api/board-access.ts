import { getCookie } from "hono/cookie";
import { Refusal } from "../domain/errors.js";
import { requirePermission } from "../domain/policy.js";
import type { Caller } from "./caller.js";
import type { ApiDependencies } from "./dependencies.js";
import { type ApiContext, headerOf } from "./environment.js";
import type { Doors } from "./handle.js";
import { isOwnOrigin } from "./middleware/browser-guard.js";
import { respond } from "./respond.js";

/** Where the board stands; its cookie goes nowhere else. */
export const boardPath = "/admin/queues";

const cookieName = "switchboard_board";

/**
 * The admin who opens the board: by a Bearer token as everywhere; by the cookie that `admitByLink` sets, for a browser
 * sends no such header; in the open demo by nothing at all. What a cookie changes must come from the board's own page.
 * Throws `unauthorized`, `forbidden`, `origin_not_allowed`.
 */
export async function boardCaller(c: ApiContext, deps: ApiDependencies, doors: Doors): Promise<Caller> {
  const caller = (await doors.authenticator.byToken(c)) ?? (await byCookie(c, deps, doors));
  if (caller) return admitted(c, caller);
  // Who shows a key is not a caller without one: the open demo is not for it.
  if (!deps.config.openDemo || headerOf(c, "x-api-key") !== undefined) {
    throw new Refusal("unauthorized", "The board is for admins and needs a token.");
  }
  return admitted(c, await doors.demoCaller({ agentId: undefined, userId: undefined }));
}

/**
 * An admin's way in by a browser: `?token=<access token>` once. The token moves to a cookie that no script reads and no
 * other site can make the browser send, and the answer leads to the address without it. It lives as long as the token.
 */
export async function admitByLink(c: ApiContext, token: string, doors: Doors): Promise<Response> {
  admitted(c, await doors.authenticator.byAccessToken(token));
  const secure = headerOf(c, "x-forwarded-proto") === "https" ? "; Secure" : "";
  const cookie = `${cookieName}=${token}; Path=${boardPath}; HttpOnly; SameSite=Strict${secure}`;
  return respond(c, 303, undefined, { location: `${boardPath}/`, "set-cookie": cookie });
}

function admitted(c: ApiContext, caller: Caller): Caller {
  c.set("caller", caller);
  requirePermission(caller.actor, "board.use");
  return caller;
}

async function byCookie(c: ApiContext, { config }: ApiDependencies, { authenticator }: Doors): Promise<Caller | null> {
  const token = getCookie(c, cookieName);
  if (token === undefined) return null;
  const origin = headerOf(c, "origin");
  const isRead = c.req.method === "GET" || c.req.method === "HEAD";
  if (!isRead && !(origin && isOwnOrigin(origin, headerOf(c, "host") ?? new URL(c.req.url).host))) {
    throw new Refusal("origin_not_allowed", "The board is changed from its own page, or with a token.");
  }
  try {
    return await authenticator.byAccessToken(token);
  } catch (error) {
    // One that ran out is as good as none where none is needed.
    if (config.openDemo && error instanceof Refusal) return null;
    throw error;
  }
}
