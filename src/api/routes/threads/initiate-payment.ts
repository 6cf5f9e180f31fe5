import { initiatePayment } from "../../../commands/initiate-payment.js";
import { initiatePaymentRequest, paymentInitiatedSchema } from "../../../contract/http/threads.js";
import { endpoint } from "../../endpoint.js";
import { inThreadWords } from "./thread-words.js";

export const initiatePaymentEndpoint = endpoint({
  method: "post",
  path: "/api/chat/threads/{id}/initiate-payment/",
  tag: "Threads",
  summary: "Initiate a payment, and tell all who take part",
  policy: "thread.write",
  noun: "thread_not_found",
  body: initiatePaymentRequest,
  answers: { 201: { description: "The payment, and the message that tells of it", schema: paymentInitiatedSchema } },
  refusals: [],
  run: async ({ id, body, context }) => {
    const { payment, message } = await inThreadWords(initiatePayment(context, { conversationId: id, ...body }));
    const payment_data = {
      payment_id: payment.id,
      thread_id: id,
      amount: payment.amount,
      currency: payment.currency,
      description: payment.description,
      status: "initiated",
      initiated_by: payment.initiatedBy,
      created_at: payment.createdAt.toISOString(),
    };
    return { status: 201, body: { status: "success", id: payment.id, payment_data, message } };
  },
});
