import { deliveryWithAttemptsSchema } from "../../../contract/http/deliveries.js";
import { endpoint } from "../../endpoint.js";
import { showDelivery } from "./show-delivery.js";

export const readDeliveryEndpoint = endpoint({
  method: "get",
  path: "/api/deliveries/{id}/",
  tag: "Deliveries",
  summary: "One delivery, with its latest attempts: what was asked, what was answered",
  policy: "delivery.read",
  noun: "delivery_not_found",
  answers: { 200: { description: "The delivery", schema: deliveryWithAttemptsSchema } },
  refusals: [],
  run: async ({ id, context }) => ({ status: 200, body: await showDelivery(context.db, id) }),
});
