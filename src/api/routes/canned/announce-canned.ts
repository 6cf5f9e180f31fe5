import { agentsStream } from "../../../contract/events.js";
import type { ApiDependencies } from "../../dependencies.js";

/** Tells the agents who watch that a canned reply changed. Shown and forgotten: a bus that is away loses it. */
export async function announceCanned(
  { bus, logger }: Pick<ApiDependencies, "bus" | "logger">,
  cannedId: number,
  change: "created" | "updated" | "deleted",
): Promise<void> {
  await bus
    .publishEphemeral({ stream: agentsStream, frame: { type: "canned_changed", canned_id: cannedId, change } })
    .catch((error: unknown) => logger.debug({ err: error, canned_id: cannedId }, "a change was not shown"));
}
