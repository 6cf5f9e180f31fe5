import { forgetStreams } from "../../../bus/bus.js";
import { eraseCustomer } from "../../../commands/erase-customer.js";
import { agentsStream } from "../../../contract/events.js";
import { erasingSchema } from "../../../contract/http/customers.js";
import { closeSockets } from "../../close-sockets.js";
import { endpoint } from "../../endpoint.js";

/**
 * Erases a customer. 204: nothing of it is left; 202: it is gone for everybody, and of a large one the texts that are
 * left go within minutes (the sweep). Again: the same.
 */
export const eraseCustomerEndpoint = endpoint({
  method: "delete",
  path: "/api/customers/{id}/",
  tag: "Customers",
  summary: "Erase a customer: texts and profile, from rows, events and search; counts stay",
  policy: "customer.erase",
  noun: "customer_not_found",
  answers: {
    202: { description: "The profile is gone; the texts of so large a customer go by and by", schema: erasingSchema },
    204: { description: "Nothing of the customer is left" },
  },
  refusals: [],
  run: async ({ id, context, deps }) => {
    const { done, streams } = await eraseCustomer(context, { customerId: id });
    await closeSockets(deps, id, "erased");
    // A bus that is away is no reason to fail: the sweep says it again at the end.
    await deps.bus
      .publishControl(forgetStreams([agentsStream, ...streams]))
      .catch((error: unknown) => deps.logger.warn({ err: error, customer_id: id }, "streams were not forgotten yet"));
    return done ? { status: 204 } : { status: 202, body: { status: "erasing" } };
  },
});
