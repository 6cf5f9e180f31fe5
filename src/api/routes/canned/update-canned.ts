import { updateCanned } from "../../../commands/canned-replies.js";
import { cannedPatchRequest, cannedSchema } from "../../../contract/http/canned.js";
import { endpoint } from "../../endpoint.js";
import { presentCanned } from "../../presenters/canned.js";
import { announceCanned } from "./announce-canned.js";

export const updateCannedEndpoint = endpoint({
  method: "patch",
  path: "/api/canned/{id}/",
  tag: "Canned replies",
  summary: "Change a canned reply",
  policy: "canned.write",
  noun: "canned_not_found",
  body: cannedPatchRequest,
  answers: { 200: { description: "The canned reply", schema: cannedSchema } },
  refusals: ["shortcut_taken"],
  run: async ({ id, body, context, deps }) => {
    const row = await updateCanned(context, { id, ...body });
    await announceCanned(deps, id, "updated");
    return { status: 200, body: presentCanned(row) };
  },
});
