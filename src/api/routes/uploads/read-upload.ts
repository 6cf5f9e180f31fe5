import { z } from "zod";
import { readUpload } from "../../../commands/open-upload.js";
import { readUploadQuery } from "../../../contract/http/uploads.js";
import { endpoint } from "../../endpoint.js";
import { presentUpload } from "../../presenters/upload.js";
import { answerFile } from "./answer-file.js";

export const readUploadEndpoint = endpoint({
  method: "get",
  path: "/api/uploads/{id}/",
  tag: "Uploads",
  summary: "An upload's bytes, for who reads the message that it belongs to; with address=1 what it is",
  policy: "upload.read",
  noun: "attachment_not_found",
  query: readUploadQuery,
  answers: {
    200: {
      description: "The file, for saving",
      schema: z.string().meta({ format: "binary" }),
      mediaType: "application/octet-stream",
    },
  },
  refusals: [],
  run: async ({ id, query, c, context, deps }) => {
    const row = await readUpload(context, id);
    if (query.address === "1") return { status: 200, body: await presentUpload(row, deps.uploads.addresses) };
    return answerFile(c, deps.uploads.files, row);
  },
});
