import { deleteCanned } from "../../../commands/canned-replies.js";
import { endpoint } from "../../endpoint.js";
import { announceCanned } from "./announce-canned.js";

export const deleteCannedEndpoint = endpoint({
  method: "delete",
  path: "/api/canned/{id}/",
  tag: "Canned replies",
  summary: "Remove a canned reply",
  policy: "canned.write",
  noun: "canned_not_found",
  answers: { 204: { description: "Removed; what was said with it stays" } },
  refusals: [],
  run: async ({ id, context, deps }) => {
    await deleteCanned(context, { id });
    await announceCanned(deps, id, "deleted");
    return { status: 204 };
  },
});
