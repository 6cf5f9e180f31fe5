import { changePayment } from "../../../commands/change-payment.js";
import { changePaymentRequest, paymentChangedSchema } from "../../../contract/http/matters.js";
import { endpoint } from "../../endpoint.js";
import { presentPayment } from "../../presenters/matters.js";

export const changePaymentEndpoint = endpoint({
  method: "patch",
  path: "/api/chat/payments/{id}/",
  tag: "Threads",
  summary: "Say what became of a payment: who initiated it cancels it, admins say the rest",
  policy: "thread.write",
  noun: "payment_not_found",
  body: changePaymentRequest,
  answers: {
    200: {
      description: "The payment as it now stands, and the message that tells of it",
      schema: paymentChangedSchema,
    },
  },
  refusals: ["invalid_transition"],
  run: async ({ id, body, context }) => {
    const { payment, message } = await changePayment(context, { paymentId: id, status: body.status, note: body.note });
    return { status: 200, body: { status: "success", id, payment: presentPayment(payment), message } };
  },
});
