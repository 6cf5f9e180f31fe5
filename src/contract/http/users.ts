import { z } from "zod";
import { roles } from "../../domain/policy.js";
import { capacityMax } from "../../domain/ticket.js";
import { newPassword } from "./auth.js";
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
    password: newPassword,
    capacity: z.int().min(0).max(capacityMax).optional().meta({ description: "of an agent" }),
    user_id: outsideId.optional().meta({ description: "a customer's own text; its address unless told" }),
  })
  .meta({ id: "CreateUser" });

/** What is to change of a user; what is left out stays. */
export const updateUserRequest = z
  .object({
    name: boundedText(200).optional(),
    email: z
      .email("is not an e-mail address")
      .max(254)
      .nullable()
      .optional()
      .meta({ description: "null: it cannot sign in by one" }),
    password: newPassword.optional().meta({ description: "its tokens and sessions end with the old one" }),
    disabled: z
      .boolean()
      .optional()
      .meta({ description: "true: its tokens and sessions end, an agent's tickets wait again" }),
    role: z.enum(roles).optional().meta({ description: "refused unless it is what the user is: a role never changes" }),
  })
  .meta({ id: "UpdateUser" });
