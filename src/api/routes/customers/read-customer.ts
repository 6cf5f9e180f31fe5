import { customerDetailSchema } from "../../../contract/http/messages.js";
import { endpoint } from "../../endpoint.js";
import { answerCustomer } from "./answer-customer.js";

export const readCustomerEndpoint = endpoint({
  method: "get",
  path: "/api/customers/{id}/",
  tag: "Customers",
  summary: "One customer with its latest tickets",
  policy: "customer.read",
  noun: "customer_not_found",
  answers: { 200: { description: "The customer and its 50 latest tickets", schema: customerDetailSchema } },
  refusals: [],
  run: ({ id, context, sight }) => answerCustomer(context.db, id, sight),
});
