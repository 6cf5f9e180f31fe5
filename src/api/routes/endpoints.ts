import type { Endpoint } from "../endpoint.js";
import { setAvailabilityEndpoint } from "./agents/availability.js";
import { createAgentEndpoint } from "./agents/create-agent.js";
import { deleteAgentEndpoint } from "./agents/delete-agent.js";
import { listAgentsEndpoint } from "./agents/list-agents.js";
import { readAgentEndpoint } from "./agents/read-agent.js";
import { replaceAgentEndpoint } from "./agents/replace-agent.js";
import { updateAgentEndpoint } from "./agents/update-agent.js";
import { createApiKeyEndpoint } from "./api-keys/create-api-key.js";
import { listApiKeysEndpoint } from "./api-keys/list-api-keys.js";
import { revokeApiKeyEndpoint } from "./api-keys/revoke-api-key.js";
import { updateApiKeyEndpoint } from "./api-keys/update-api-key.js";
import { listAuditEndpoint } from "./audit/list-audit.js";
import { login } from "./auth/login.js";
import { logout } from "./auth/logout.js";
import { refresh } from "./auth/refresh.js";
import { register } from "./auth/register.js";
import { createCannedEndpoint } from "./canned/create-canned.js";
import { deleteCannedEndpoint } from "./canned/delete-canned.js";
import { listCannedEndpoint } from "./canned/list-canned.js";
import { readCannedEndpoint } from "./canned/read-canned.js";
import { replaceCanned } from "./canned/replace-canned.js";
import { updateCannedEndpoint } from "./canned/update-canned.js";
import { eraseCustomerEndpoint } from "./customers/erase-customer.js";
import { listCustomersEndpoint } from "./customers/list-customers.js";
import { readCustomerEndpoint } from "./customers/read-customer.js";
import { updateCustomerEndpoint } from "./customers/update-customer.js";
import { canned } from "./messages/canned.js";
import { claim } from "./messages/claim.js";
import { createMessage } from "./messages/create-message.js";
import { listMessagesEndpoint } from "./messages/list-messages.js";
import { note } from "./messages/notes.js";
import { presence } from "./messages/presence.js";
import { readMessageEndpoint } from "./messages/read-message.js";
import { release } from "./messages/release.js";
import { reopen } from "./messages/reopen.js";
import { reply } from "./messages/reply.js";
import { snooze } from "./messages/snooze.js";
import { suggestions } from "./messages/suggestions.js";
import { transfer } from "./messages/transfer.js";
import { correctUrgencyEndpoint } from "./messages/urgency.js";
import { createQueueEndpoint } from "./queues/create-queue.js";
import { listQueuesEndpoint } from "./queues/list-queues.js";
import { updateQueueEndpoint } from "./queues/update-queue.js";
import { agentStats } from "./stats/agent-stats.js";
import { queueStats } from "./stats/queue-stats.js";
import { docs, docsFile } from "./system/docs.js";
import { health } from "./system/health.js";
import { home } from "./system/home.js";
import { metrics } from "./system/metrics.js";
import { openapiDocument } from "./system/openapi-document.js";
import { ready } from "./system/ready.js";
import { assignTickets, getAssigned } from "./tickets/assign.js";
import { createTicketEndpoint } from "./tickets/create-ticket.js";
import { deleteTicketEndpoint } from "./tickets/delete-ticket.js";
import { listTicketsEndpoint } from "./tickets/list-tickets.js";
import { readTicketEndpoint } from "./tickets/read-ticket.js";
import { replaceTicketEndpoint } from "./tickets/replace-ticket.js";
import { sell } from "./tickets/sell.js";
import { updateTicketEndpoint } from "./tickets/update-ticket.js";
import { createUserEndpoint } from "./users/create-user.js";
import { deleteUserEndpoint } from "./users/delete-user.js";
import { listUsersEndpoint } from "./users/list-users.js";
import { readUserEndpoint } from "./users/read-user.js";
import { updateUserEndpoint } from "./users/update-user.js";

/** Every route there is: the router and `/openapi.json` are both made from this list. */
export const endpoints: readonly Endpoint[] = [
  createMessage,
  listMessagesEndpoint,
  readMessageEndpoint,
  claim,
  reply,
  canned,
  release,
  transfer,
  snooze,
  reopen,
  note,
  suggestions,
  correctUrgencyEndpoint,
  presence,
  getAssigned,
  assignTickets,
  sell,
  listTicketsEndpoint,
  createTicketEndpoint,
  readTicketEndpoint,
  replaceTicketEndpoint,
  updateTicketEndpoint,
  deleteTicketEndpoint,
  listCannedEndpoint,
  createCannedEndpoint,
  readCannedEndpoint,
  replaceCanned,
  updateCannedEndpoint,
  deleteCannedEndpoint,
  listAgentsEndpoint,
  createAgentEndpoint,
  readAgentEndpoint,
  setAvailabilityEndpoint,
  replaceAgentEndpoint,
  updateAgentEndpoint,
  deleteAgentEndpoint,
  listQueuesEndpoint,
  createQueueEndpoint,
  updateQueueEndpoint,
  queueStats,
  agentStats,
  listCustomersEndpoint,
  readCustomerEndpoint,
  updateCustomerEndpoint,
  eraseCustomerEndpoint,
  login,
  refresh,
  logout,
  register,
  listUsersEndpoint,
  createUserEndpoint,
  readUserEndpoint,
  updateUserEndpoint,
  deleteUserEndpoint,
  listApiKeysEndpoint,
  createApiKeyEndpoint,
  updateApiKeyEndpoint,
  revokeApiKeyEndpoint,
  listAuditEndpoint,
  home,
  health,
  ready,
  metrics,
  openapiDocument,
  docs,
  docsFile,
];
