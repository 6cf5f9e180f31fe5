import { retryDelivery } from "../../../commands/retry-deliveries.js";
import { deliveryWithAttemptsSchema, retryDeliveryRequest } from "../../../contract/http/deliveries.js";
import { endpoint } from "../../endpoint.js";
import { showDelivery } from "./show-delivery.js";

export const retryDeliveryEndpoint = endpoint({
  method: "post",
  path: "/api/deliveries/{id}/retry/",
  tag: "Deliveries",
  summary: "Send a dead letter, or one that is parked, again",
  policy: "delivery.retry",
  noun: "delivery_not_found",
  body: retryDeliveryRequest,
  bodyOptional: true,
  answers: { 200: { description: "The delivery: due now, with its tries anew", schema: deliveryWithAttemptsSchema } },
  refusals: ["not_retriable"],
  run: async ({ id, context }) => {
    await retryDelivery(context, { id });
    return { status: 200, body: await showDelivery(context.db, id) };
  },
});
