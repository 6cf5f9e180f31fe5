import type { MessageView } from "../../contract/http/messages.js";

/**
 * A canned text with what is known filled in, as the desk fills it (`{{customer.name}}` and the like); what is not known
 * here stays as it is, and is seen before it is sent.
 */
export function fillCanned(text: string, message: MessageView, agent: { id: number; name: string }): string {
  const { customer } = message;
  const known: Record<string, string> = {
    "customer.name": customer.name || customer.user_id,
    "customer.user_id": customer.user_id,
    "customer.email": customer.email ?? "",
    "customer.phone": customer.phone ?? "",
    "agent.name": agent.name,
    "agent.id": String(agent.id),
    "message.id": String(message.id),
  };
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) => known[name] ?? whole).trim();
}
