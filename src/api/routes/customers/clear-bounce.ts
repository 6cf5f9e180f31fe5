import { clearBounce } from "../../../commands/clear-bounce.js";
import { customerDetailSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { answerCustomer } from "./answer-customer.js";

export const clearBounceEndpoint = endpoint({
  method: "delete",
  path: "/api/customers/{id}/bounce/",
  tag: "Customers",
  summary: "Send mail to a customer's address again, though it once refused it",
  policy: "customer.update",
  noun: "customer_not_found",
  answers: { 200: { description: "The customer: its mail_bounced is null", schema: customerDetailSchema } },
  refusals: [],
  run: async ({ id, context, sight }) => {
    await clearBounce(context, { customerId: id });
    return answerCustomer(context.db, id, sight);
  },
});
