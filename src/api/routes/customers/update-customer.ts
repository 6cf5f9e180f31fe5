import { updateCustomer } from "../../../commands/update-customer.js";
import { updateCustomerRequest } from "../../../contract/http/customers.js";
import { customerDetailSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { answerCustomer } from "./answer-customer.js";

/** Changes what is given; attributes are merged into those that are there, and null takes one away. */
export const updateCustomerEndpoint = endpoint({
  method: "patch",
  path: "/api/customers/{id}/",
  tag: "Customers",
  summary: "Change a customer's profile",
  policy: "customer.update",
  noun: "customer_not_found",
  body: updateCustomerRequest,
  answers: { 200: { description: "The customer as it now stands", schema: customerDetailSchema } },
  refusals: [],
  run: async ({ id, body, context, sight }) => {
    const { customerId } = await updateCustomer(context, { customerId: id, ...body });
    return answerCustomer(context.db, customerId, sight);
  },
});
