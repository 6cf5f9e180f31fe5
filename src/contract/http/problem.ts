import { z } from "zod";
import { errorCodes } from "../../domain/errors.js";

/** The one shape of every error answer; facts that belong to a code (`by`, `version` …) stand beside these. */
export const problemSchema = z
  .looseObject({
    status: z.enum(errorCodes),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem" });
