import { z } from "zod";
import { roles } from "../../domain/policy.js";
import { boundedText, id, idInput, outsideId } from "./primitives.js";

export const loginRequest = z
  .object({
    email: z.string("is required and must be a text").min(1, "must not be empty").max(254),
    password: z.string("is required and must be a text").min(1, "must not be empty").max(256),
  })
  .meta({ id: "Login" });

export const refreshRequest = z
  .object({ refresh: z.string("is required and must be a text").min(1, "must not be empty").max(1000) })
  .meta({ id: "Refresh" });

/** A password that is to be set. */
export const newPassword = z
  .string("must be a text")
  .min(8, "has fewer than 8 characters")
  .max(256, "has more than 256 characters");

export const registerRequest = z
  .object({
    email: z.email("is not an e-mail address").max(254),
    password: newPassword,
    name: boundedText(200),
    user_id: outsideId.optional().meta({ description: "refused: a customer's id is the desk's to give" }),
  })
  .meta({ id: "Register" });

/** What somebody who has no account says of itself. */
export const guestRequest = z.object({ name: boundedText(200).optional() }).meta({ id: "Guest" });

/** Who may be signed in as in the open demo mode, without a password. */
export const demoPeopleSchema = z
  .object({
    open_demo: z.boolean(),
    registration: z.boolean().meta({ description: "whether customers may make accounts" }),
    people: z.array(z.object({ id, name: z.string(), role: z.enum(roles) })),
  })
  .meta({ id: "DemoPeople" });

export const demoSignInRequest = z.object({ user_id: idInput }).meta({ id: "DemoSignIn" });

export const sessionSchema = z
  .object({
    access: z.string(),
    refresh: z.string(),
    user: z.object({ id, role: z.enum(roles), name: z.string(), email: z.string().nullable() }),
  })
  .meta({ id: "Session" });
