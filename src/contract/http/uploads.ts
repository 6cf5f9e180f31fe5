import { z } from "zod";
import { id } from "./primitives.js";

/** An upload. `url` takes a token; a picture's lives five minutes and takes none. */
export const uploadSchema = z
  .object({ id, name: z.string(), size: z.int(), type: z.string(), url: z.string() })
  .meta({ id: "Upload" });

/** The form of an upload: read while it comes in, never validated as a whole. */
export const uploadForm = z
  .object({ file: z.string().meta({ format: "binary", contentMediaType: "application/octet-stream" }) })
  .meta({ id: "UploadForm" });

/** `address`: the upload is described, with an address that is good now, in place of its bytes. */
export const readUploadQuery = z.object({
  address: z
    .enum(["0", "1"], "must be 0 or 1")
    .optional()
    .meta({ description: "1: what the upload is, with a fresh address, in place of its bytes" }),
});

export const readPictureQuery = z.object({ signature: z.string().max(1000).default("") });
