import type { ApiDependencies } from "./dependencies.js";

/**
 * Has it looked at who may still be in a conversation's room, wherever its sockets are. A bus that is away is only noted:
 * relays look by themselves every few seconds.
 */
export async function checkRoom(
  { bus, logger }: Pick<ApiDependencies, "bus" | "logger">,
  conversationId: number,
): Promise<void> {
  await bus
    .publishControl({ kind: "check_room", conversationId })
    .catch((error: unknown) =>
      logger.warn({ err: error, conversation_id: conversationId }, "a room was not looked at"),
    );
}
