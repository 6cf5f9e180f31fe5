import type { ChatMessage } from "../contract/events.js";

/** A message's file, as every wire shows it. */
export type AttachmentView = NonNullable<ChatMessage["attachment"]>;

/** An upload as its message shows it. The address takes a token, and does not run out: this stands in the log. */
export function attachmentView(row: { id: number; name: string; size: number; type: string }): AttachmentView {
  const { id, name, size, type } = row;
  return { id, name, size, type, url: `/api/uploads/${id}/` };
}
