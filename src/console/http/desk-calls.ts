import type { z } from "zod";
import type { ChatMessage } from "../../contract/events.js";
import type { AgentView } from "../../contract/http/agents.js";
import type { CannedView, suggestionsSchema } from "../../contract/http/canned.js";
import type { CustomerView } from "../../contract/http/customers.js";
import type { claimedSchema, messageDetailSchema } from "../../contract/http/message-requests.js";
import type { customerDetailSchema, ListedMessageView, MessageView } from "../../contract/http/messages.js";
import type { QueueView } from "../../contract/http/queues.js";
import type { AgentStatsView, queueStatsListSchema, StageStatsList } from "../../contract/http/stats.js";
import type { assignedSchema } from "../../contract/http/tickets.js";
import type { uploadSchema } from "../../contract/http/uploads.js";
import type { HttpClient } from "./http-client.js";

export type MessageDetail = z.infer<typeof messageDetailSchema>;
export type CustomerDetail = z.infer<typeof customerDetailSchema>;
export type Suggestion = z.infer<typeof suggestionsSchema>["results"][number];
export type QueueStatsList = z.infer<typeof queueStatsListSchema>;
export type Upload = z.infer<typeof uploadSchema>;
export type Level = "low" | "normal" | "high" | "critical";
export type Availability = AgentView["availability"];

export interface Page<T> {
  results: T[];
  next: string | null;
}

/** How a list of messages is narrowed. */
export interface MessageQuery {
  status?: string;
  level?: string;
  topic?: string;
  queue?: string;
  search?: string;
  assigned_to?: string;
  user_id?: string;
  order?: "queue" | "newest" | "oldest";
  limit?: number;
  cursor?: string;
}

/** A reply as it goes out; `key` makes a repetition harmless. */
export interface ReplyCall {
  text: string;
  version: number;
  keepOpen: boolean;
  key: string;
}

const pageMax = 200;
/** Pages of a list that is wanted whole. */
const wholeMax = 10;

/** The calls that the screens make, typed by the contract. `agentId` is who acts. */
export function deskCalls(http: HttpClient, agentId: number) {
  const at = (id: number, verb = "") => `/api/messages/${id}/${verb === "" ? "" : `${verb}/`}`;
  const act = <T = MessageView>(id: number, verb: string, body: Record<string, unknown> = {}, key?: string) =>
    http.call<T>("POST", at(id, verb), { body: { agent_id: agentId, ...body }, ...(key ? { key } : {}) });
  const whole = async <T>(path: string, query: Record<string, string> = {}): Promise<T[]> => {
    const all: T[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < wholeMax; page++) {
      const { results, next } = await http.call<Page<T>>("GET", path, { query: { ...query, limit: pageMax, cursor } });
      all.push(...results);
      if (next === null) break;
      cursor = next;
    }
    return all;
  };
  const thread = (conversationId: number, verb: string, body: Record<string, unknown>, key: string) =>
    http.call<unknown>("POST", `/api/chat/threads/${conversationId}/${verb}/`, { body, key });

  return {
    messages: (query: MessageQuery, signal?: AbortSignal) =>
      http.call<Page<ListedMessageView>>("GET", "/api/messages/", {
        query: { ...query },
        ...(signal ? { signal } : {}),
      }),
    message: (id: number, signal?: AbortSignal) => http.call<MessageDetail>("GET", at(id), signal ? { signal } : {}),
    claim: (id: number) => act<z.infer<typeof claimedSchema>>(id, "claim"),
    pull: () =>
      http.call<z.infer<typeof assignedSchema>>("POST", "/api/agent/tickets/assign/", { body: { agent_id: agentId } }),
    reply: (id: number, { text, version, keepOpen, key }: ReplyCall) =>
      act(id, "reply", { text, version, keep_open: keepOpen }, key),
    canned: (id: number, cannedId: number, { version, keepOpen, key }: ReplyCall) =>
      act(id, "canned", { canned_id: cannedId, version, keep_open: keepOpen }, key),
    note: (id: number, text: string, key: string) => act(id, "notes", { text }, key),
    release: (id: number) => act(id, "release"),
    reopen: (id: number) => act(id, "reopen"),
    transfer: (id: number, toAgentId: number) => act(id, "transfer", { to_agent_id: toAgentId }),
    snooze: (id: number, until: Date) => act(id, "snooze", { until: until.toISOString() }),
    presence: (id: number, state: "viewing" | "typing" | "gone") => act<void>(id, "presence", { state }),
    correct: (id: number, level: Level, reason: string) =>
      http.call<MessageView>("PATCH", at(id, "urgency"), { body: { agent_id: agentId, level, reason } }),
    suggestions: (id: number) => http.call<{ results: Suggestion[] }>("GET", at(id, "suggestions")),
    cannedReplies: () => whole<CannedView>("/api/canned/"),
    agents: () => whole<AgentView>("/api/agents/"),
    queues: () => whole<QueueView>("/api/queues/"),
    queueStats: () => http.call<QueueStatsList>("GET", "/api/stats/queues/"),
    stageStats: () => http.call<StageStatsList>("GET", "/api/stats/stages/"),
    agentStats: () => whole<AgentStatsView>("/api/stats/agents/"),
    setAvailability: (availability: Availability) =>
      http.call<AgentView>("PUT", "/api/agents/me/availability/", { body: { agent_id: agentId, availability } }),
    customer: (id: number) => http.call<CustomerDetail>("GET", `/api/customers/${id}/`),
    updateCustomer: (id: number, change: Partial<Pick<CustomerView, "name" | "email" | "phone">>) =>
      http.call<CustomerView>("PATCH", `/api/customers/${id}/`, { body: change }),
    say: (conversationId: number, text: string, attachmentId: number | null, key: string) =>
      http.call<ChatMessage>("POST", `/api/chat/threads/${conversationId}/messages/`, {
        body: { text, client_id: key, ...(attachmentId === null ? {} : { attachment_id: attachmentId }) },
      }),
    dispute: (
      conversationId: number,
      dispute: { subject: string; description: string; amount?: number },
      key: string,
    ) => thread(conversationId, "create-dispute", dispute, key),
    payment: (
      conversationId: number,
      payment: { amount: number; currency: string; description: string },
      key: string,
    ) => thread(conversationId, "initiate-payment", payment, key),
    upload: (file: Blob, name: string) => {
      const form = new FormData();
      form.append("file", file, name);
      return http.call<Upload>("POST", "/api/uploads/", { form });
    },
    /** What an upload is, with an address that is good now. */
    address: (uploadId: number) => http.call<Upload>("GET", `/api/uploads/${uploadId}/`, { query: { address: 1 } }),
    /** The bytes of an upload: it takes a token, and so no plain link. */
    download: (uploadId: number) => http.download(`/api/uploads/${uploadId}/`),
  };
}

export type DeskCalls = ReturnType<typeof deskCalls>;
