import { z } from "zod";
import { roles } from "../../domain/policy.js";
import { id } from "./primitives.js";

export const loginRequest = z
  .object({
    email: z.string("is required and must be a text").min(1, "must not be empty").max(254),
    password: z.string("is required and must be a text").min(1, "must not be empty").max(256),
  })
  .meta({ id: "Login" });

export const refreshRequest = z
  .object({ refresh: z.string("is required and must be a text").min(1, "must not be empty").max(1000) })
  .meta({ id: "Refresh" });

export const sessionSchema = z
  .object({
    access: z.string(),
    refresh: z.string(),
    user: z.object({ id, role: z.enum(roles), name: z.string(), email: z.string().nullable() }),
  })
  .meta({ id: "Session" });
