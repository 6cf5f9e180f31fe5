import type { ApiDependencies } from "./dependencies.js";

/** Close code of a socket whose token does not stand any more (CONTRACT.md 5). */
const tokenGone = 4401;

/**
 * Has a user's sockets closed, wherever they are. A bus that is away is only noted: a socket's token is looked at again
 * by itself.
 */
export async function closeSockets(
  { bus, logger }: Pick<ApiDependencies, "bus" | "logger">,
  userId: number,
  reason: string,
): Promise<void> {
  await bus
    .publishControl({ kind: "close_user", userId, code: tokenGone, reason })
    .catch((error: unknown) => logger.warn({ err: error, user_id: userId }, `sockets were not closed: ${reason}`));
}
