import { createCanned } from "../../../commands/canned-replies.js";
import { cannedRequest, cannedSchema } from "../../../contract/http/canned.js";
import { endpoint } from "../../endpoint.js";
import { presentCanned } from "../../presenters/canned.js";
import { announceCanned } from "./announce-canned.js";

export const createCannedEndpoint = endpoint({
  method: "post",
  path: "/api/canned/",
  tag: "Canned replies",
  summary: "Add a canned reply",
  policy: "canned.write",
  body: cannedRequest,
  answers: { 201: { description: "The canned reply", schema: cannedSchema } },
  refusals: ["shortcut_taken"],
  run: async ({ body, context, deps }) => {
    const row = await createCanned(context, body);
    await announceCanned(deps, row.id, "created");
    return { status: 201, body: presentCanned(row) };
  },
});
