import type { z } from "zod";
import type { ChatMessage } from "../../contract/events.js";
import type { promptListSchema } from "../../contract/http/bot-prompts.js";
import type { botResponseSchema } from "../../contract/http/bot-response.js";
import type { chatMessagePageSchema } from "../../contract/http/chat-requests.js";
import type { ConversationView, userResponseSchema } from "../../contract/http/conversations.js";
import type { Page, Upload } from "../http/desk-calls.js";
import type { HttpClient } from "../http/http-client.js";

export type Prompt = z.infer<typeof promptListSchema>[number];
export type MessagePage = z.infer<typeof chatMessagePageSchema>;

const pageSize = 100;

/** The calls that a customer's page makes, typed by the contract. */
export function customerCalls(http: HttpClient) {
  return {
    prompts: () => http.call<Prompt[]>("GET", "/api/bot-prompts/"),
    cases: () => http.call<Page<ConversationView>>("GET", "/api/chat/conversations/", { query: { limit: pageSize } }),
    oneCase: (id: number) => http.call<ConversationView>("GET", `/api/chat/conversations/${id}/`),
    rename: (id: number, title: string) =>
      http.call<ConversationView>("PATCH", `/api/chat/conversations/${id}/`, { body: { title } }),
    messages: (id: number, cursor?: string) =>
      http.call<MessagePage>("GET", `/api/chat/threads/${id}/messages/`, { query: { limit: pageSize, cursor } }),
    /** Says something; without a conversation a new one is opened. */
    respond: (text: string, attachmentId: number | null, key: string) =>
      http.call<z.infer<typeof userResponseSchema>>("POST", "/api/user-response/", {
        body: { text, client_id: key, ...(attachmentId === null ? {} : { attachment_id: attachmentId }) },
        key,
      }),
    say: (id: number, text: string, attachmentId: number | null, key: string) =>
      http.call<ChatMessage>("POST", `/api/chat/threads/${id}/messages/`, {
        body: { text, client_id: key, ...(attachmentId === null ? {} : { attachment_id: attachmentId }) },
      }),
    typing: (id: number) =>
      http.call<void>("POST", "/api/chat/typing/", { body: { conversation_id: id, is_typing: true } }),
    markRead: (id: number, upTo: number) =>
      http.call<void>("POST", `/api/chat/threads/${id}/mark-read/`, { body: { up_to: upTo } }),
    askBot: (id: number) =>
      http.call<z.infer<typeof botResponseSchema>>("POST", "/api/bot-response/", { body: { conversation_id: id } }),
    upload: (file: Blob, name: string) => {
      const form = new FormData();
      form.append("file", file, name);
      return http.call<Upload>("POST", "/api/uploads/", { form });
    },
    address: (uploadId: number) => http.call<Upload>("GET", `/api/uploads/${uploadId}/`, { query: { address: 1 } }),
    download: (uploadId: number) => http.download(`/api/uploads/${uploadId}/`),
  };
}

export type CustomerCalls = ReturnType<typeof customerCalls>;
