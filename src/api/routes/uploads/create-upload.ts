import { storeUpload } from "../../../commands/store-upload.js";
import { uploadForm, uploadSchema } from "../../../contract/http/uploads.js";
import { endpoint } from "../../endpoint.js";
import { readUpload } from "../../middleware/read-upload.js";
import { presentUpload } from "../../presenters/upload.js";

export const createUploadEndpoint = endpoint({
  method: "post",
  path: "/api/uploads/",
  tag: "Uploads",
  summary: "Upload a file, for a message that its uploader sends within a day",
  policy: "upload.create",
  form: uploadForm,
  streams: true,
  answers: { 201: { description: "The upload", schema: uploadSchema } },
  refusals: ["invalid_body", "too_large", "type_not_allowed"],
  run: async ({ c, context, deps }) => {
    const { config, uploads } = deps;
    const stored = await readUpload(c, config.UPLOAD_MAX_BYTES, (file) =>
      storeUpload(context, uploads.files, config, file),
    );
    c.set("ids", { attachment_id: stored.id });
    return { status: 201, body: await presentUpload(stored, uploads.addresses) };
  },
});
