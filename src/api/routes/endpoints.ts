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
import { demoPeople, demoSignIn } from "./auth/demo.js";
import { guest } from "./auth/guest.js";
import { login } from "./auth/login.js";
import { logout } from "./auth/logout.js";
import { refresh } from "./auth/refresh.js";
import { register } from "./auth/register.js";
import { createPromptEndpoint } from "./bot-prompts/create-prompt.js";
import { deletePromptEndpoint } from "./bot-prompts/delete-prompt.js";
import { listPromptsEndpoint } from "./bot-prompts/list-prompts.js";
import { readPromptEndpoint } from "./bot-prompts/read-prompt.js";
import { replacePromptEndpoint } from "./bot-prompts/replace-prompt.js";
import { updatePromptEndpoint } from "./bot-prompts/update-prompt.js";
import { askBot } from "./bot-response/ask-bot.js";
import { createCannedEndpoint } from "./canned/create-canned.js";
import { deleteCannedEndpoint } from "./canned/delete-canned.js";
import { listCannedEndpoint } from "./canned/list-canned.js";
import { readCannedEndpoint } from "./canned/read-canned.js";
import { replaceCanned } from "./canned/replace-canned.js";
import { updateCannedEndpoint } from "./canned/update-canned.js";
import { typing } from "./chat/typing.js";
import { deleteChatMessage } from "./chat-messages/delete-chat-message.js";
import { editChatMessage } from "./chat-messages/edit-chat-message.js";
import { readChatMessage } from "./chat-messages/read-chat-message.js";
import { asset } from "./console/asset.js";
import { chatPage, home } from "./console/pages.js";
import { widget } from "./console/widget.js";
import { addParticipantEndpoint } from "./conversations/add-participant.js";
import { listConversationsEndpoint } from "./conversations/list-conversations.js";
import { readConversationEndpoint } from "./conversations/read-conversation.js";
import { removeParticipantEndpoint } from "./conversations/remove-participant.js";
import { respond } from "./conversations/respond.js";
import { updateConversationEndpoint } from "./conversations/update-conversation.js";
import { clearBounceEndpoint } from "./customers/clear-bounce.js";
import { eraseCustomerEndpoint } from "./customers/erase-customer.js";
import { listCustomersEndpoint } from "./customers/list-customers.js";
import { readCustomerEndpoint } from "./customers/read-customer.js";
import { updateCustomerEndpoint } from "./customers/update-customer.js";
import { listDeliveriesEndpoint } from "./deliveries/list-deliveries.js";
import { readDeliveryEndpoint } from "./deliveries/read-delivery.js";
import { retryDeliveryEndpoint } from "./deliveries/retry-delivery.js";
import { readEvents } from "./events/read-events.js";
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
import { stageStats } from "./stats/stage-stats.js";
import { docs, docsFile } from "./system/docs.js";
import { health } from "./system/health.js";
import { metrics } from "./system/metrics.js";
import { openapiDocument } from "./system/openapi-document.js";
import { ready } from "./system/ready.js";
import { changeDisputeEndpoint } from "./threads/change-dispute.js";
import { changePaymentEndpoint } from "./threads/change-payment.js";
import { createDisputeEndpoint } from "./threads/create-dispute.js";
import { deleteThreadEndpoint } from "./threads/delete-thread.js";
import { findThreadEndpoint } from "./threads/find-thread.js";
import { initiatePaymentEndpoint } from "./threads/initiate-payment.js";
import { listChatMessages } from "./threads/list-chat-messages.js";
import { listDisputesEndpoint } from "./threads/list-disputes.js";
import { listPaymentsEndpoint } from "./threads/list-payments.js";
import { listThreadsEndpoint } from "./threads/list-threads.js";
import { markReadEndpoint } from "./threads/mark-read.js";
import { openThreadEndpoint } from "./threads/open-thread.js";
import { postChatMessage } from "./threads/post-chat-message.js";
import { readThreadEndpoint } from "./threads/read-thread.js";
import { unreadCount } from "./threads/unread-count.js";
import { updateJobEndpoint } from "./threads/update-job.js";
import { updateThreadEndpoint } from "./threads/update-thread.js";
import { assignTickets, getAssigned } from "./tickets/assign.js";
import { createTicketEndpoint } from "./tickets/create-ticket.js";
import { deleteTicketEndpoint } from "./tickets/delete-ticket.js";
import { listTicketsEndpoint } from "./tickets/list-tickets.js";
import { readTicketEndpoint } from "./tickets/read-ticket.js";
import { replaceTicketEndpoint } from "./tickets/replace-ticket.js";
import { sell } from "./tickets/sell.js";
import { updateTicketEndpoint } from "./tickets/update-ticket.js";
import { createUploadEndpoint } from "./uploads/create-upload.js";
import { readUploadEndpoint } from "./uploads/read-upload.js";
import { showPicture } from "./uploads/show-picture.js";
import { createUserEndpoint } from "./users/create-user.js";
import { deleteUserEndpoint } from "./users/delete-user.js";
import { listUsersEndpoint } from "./users/list-users.js";
import { readUserEndpoint } from "./users/read-user.js";
import { updateUserEndpoint } from "./users/update-user.js";
import { createWebhookEndpoint } from "./webhooks/create-webhook.js";
import { deleteWebhookEndpoint } from "./webhooks/delete-webhook.js";
import { listWebhooksEndpoint } from "./webhooks/list-webhooks.js";
import { readWebhookEndpoint } from "./webhooks/read-webhook.js";
import { replayWebhookEndpoint } from "./webhooks/replay-webhook.js";
import { rotateSecretEndpoint } from "./webhooks/rotate-secret.js";
import { testWebhookEndpoint } from "./webhooks/test-webhook.js";
import { updateWebhookEndpoint } from "./webhooks/update-webhook.js";

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
  respond,
  listConversationsEndpoint,
  readConversationEndpoint,
  updateConversationEndpoint,
  addParticipantEndpoint,
  removeParticipantEndpoint,
  listThreadsEndpoint,
  openThreadEndpoint,
  findThreadEndpoint,
  readThreadEndpoint,
  updateThreadEndpoint,
  deleteThreadEndpoint,
  listChatMessages,
  postChatMessage,
  markReadEndpoint,
  unreadCount,
  createDisputeEndpoint,
  listDisputesEndpoint,
  changeDisputeEndpoint,
  initiatePaymentEndpoint,
  listPaymentsEndpoint,
  changePaymentEndpoint,
  updateJobEndpoint,
  readChatMessage,
  editChatMessage,
  deleteChatMessage,
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
  stageStats,
  listCustomersEndpoint,
  readCustomerEndpoint,
  updateCustomerEndpoint,
  clearBounceEndpoint,
  eraseCustomerEndpoint,
  login,
  demoPeople,
  demoSignIn,
  refresh,
  logout,
  register,
  guest,
  listUsersEndpoint,
  createUserEndpoint,
  readUserEndpoint,
  updateUserEndpoint,
  deleteUserEndpoint,
  listApiKeysEndpoint,
  createApiKeyEndpoint,
  updateApiKeyEndpoint,
  revokeApiKeyEndpoint,
  listWebhooksEndpoint,
  createWebhookEndpoint,
  readWebhookEndpoint,
  updateWebhookEndpoint,
  deleteWebhookEndpoint,
  testWebhookEndpoint,
  rotateSecretEndpoint,
  replayWebhookEndpoint,
  listDeliveriesEndpoint,
  readDeliveryEndpoint,
  retryDeliveryEndpoint,
  listAuditEndpoint,
  createUploadEndpoint,
  readUploadEndpoint,
  showPicture,
  askBot,
  listPromptsEndpoint,
  createPromptEndpoint,
  readPromptEndpoint,
  replacePromptEndpoint,
  updatePromptEndpoint,
  deletePromptEndpoint,
  typing,
  readEvents,
  home,
  chatPage,
  widget,
  asset,
  health,
  ready,
  metrics,
  openapiDocument,
  docs,
  docsFile,
];
