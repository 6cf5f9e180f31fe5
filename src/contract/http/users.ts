import { z } from "zod";
import { roles } from "../../domain/policy.js";
import { boundedText, cursor, id, limit, outsideId, page, time } from "./primitives.js";

export const userSchema = z
  .object({
    id,
    role: z.enum(roles),
    name: z.string(),
    email: z.string().nullable(),
    disabled: z.boolean(),
    created_at: time,
  })
  .meta({ id: "User" });
export type UserView = z.infer<typeof userSchema>;

export const userPageSchema = page(userSchema).meta({ id: "UserPage" });

export const listUsersQuery = z.object({
  role: z.enum(roles, `is none of ${roles.join(", ")}`).optional(),
  limit,
  cursor: cursor.optional(),
});

export const createUserRequest = z
  .object({
    role: z.enum(roles, `is none of ${roles.join(", ")}`),
    name: boundedText(200),
    email: z.email("is not an e-mail address").max(254),
    password: z.string("must be a text").min(8, "has fewer than 8 characters").max(256, "has more than 256 characters"),
    capacity: z.int().min(0).max(1000).optional().meta({ description: "of an agent" }),
    user_id: outsideId.optional().meta({ description: "a customer's own text; its address unless told" }),
  })
  .meta({ id: "CreateUser" });
