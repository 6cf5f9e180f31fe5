import { cannedSchema } from "../../../contract/http/canned.js";
import { readCanned } from "../../../db/queries/read-canned.js";
import { Refusal } from "../../../domain/errors.js";
import { endpoint } from "../../endpoint.js";
import { presentCanned } from "../../presenters/canned.js";

export const readCannedEndpoint = endpoint({
  method: "get",
  path: "/api/canned/{id}/",
  tag: "Canned replies",
  summary: "One canned reply",
  policy: "canned.read",
  noun: "canned_not_found",
  answers: { 200: { description: "The canned reply", schema: cannedSchema } },
  refusals: [],
  run: async ({ id, context }) => {
    const row = await readCanned(context.db.kysely, id);
    if (!row) throw new Refusal("canned_not_found", "There is no such canned reply.");
    return { status: 200, body: presentCanned(row) };
  },
});
