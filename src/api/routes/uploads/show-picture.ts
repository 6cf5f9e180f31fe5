import { z } from "zod";
import { readPicture } from "../../../commands/open-upload.js";
import { readPictureQuery } from "../../../contract/http/uploads.js";
import { Refusal } from "../../../domain/errors.js";
import { isPictureType } from "../../../runtime/file-kinds.js";
import { endpoint } from "../../endpoint.js";
import { answerFile } from "./answer-file.js";

/** For `<img>`, which sends no token: its address is signed for this one picture, and for five minutes. */
export const showPicture = endpoint({
  method: "get",
  path: "/api/uploads/{id}/picture/",
  tag: "Uploads",
  summary: "A picture, by its signed address",
  policy: "picture.show",
  noun: "attachment_not_found",
  query: readPictureQuery,
  answers: {
    200: { description: "The picture", schema: z.string().meta({ format: "binary" }), mediaType: "image/*" },
  },
  refusals: [],
  run: async ({ id, query, c, context, deps }) => {
    const isGood = await deps.uploads.addresses.isGood(id, query.signature);
    const row = isGood ? await readPicture(context, id) : null;
    if (!row || !isPictureType(row.type)) throw new Refusal("attachment_not_found", "There is no such upload.");
    return answerFile(c, deps.uploads.files, row);
  },
});
