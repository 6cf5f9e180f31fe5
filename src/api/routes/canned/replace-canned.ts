import { updateCanned } from "../../../commands/canned-replies.js";
import { cannedRequest, cannedSchema } from "../../../contract/http/canned.js";
import { endpoint } from "../../endpoint.js";
import { presentCanned } from "../../presenters/canned.js";
import { announceCanned } from "./announce-canned.js";

/** Puts a whole canned reply in place of one: a shortcut that is left out is taken away. */
export const replaceCanned = endpoint({
  method: "put",
  path: "/api/canned/{id}/",
  tag: "Canned replies",
  summary: "Replace a canned reply",
  policy: "canned.write",
  noun: "canned_not_found",
  body: cannedRequest,
  answers: { 200: { description: "The canned reply", schema: cannedSchema } },
  refusals: ["shortcut_taken"],
  run: async ({ id, body, context, deps }) => {
    const row = await updateCanned(context, { id, ...body, shortcut: body.shortcut ?? null });
    await announceCanned(deps, id, "updated");
    return { status: 200, body: presentCanned(row) };
  },
});
