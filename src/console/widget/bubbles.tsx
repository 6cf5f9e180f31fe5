import { useState } from "react";
import type { ChatMessage } from "../../contract/events.js";
import type { BubbleGroup } from "../desk/bubble-groups.js";
import { Button } from "../parts/button.js";
import { clockTime, fullTime } from "../parts/clock.js";
import { Icon } from "../parts/icon.js";
import { MessageText } from "../parts/message-text.js";
import { words } from "../words/en-widget.js";
import { Attachment } from "./attachment.js";
import type { WidgetDesk } from "./widget-desk.js";

export interface BubblesProps {
  group: BubbleGroup;
  botName: string;
  desk: WidgetDesk;
}

/** What one person said in a row; or a line of the desk's own. */
export function Bubbles({ group, botName, desk }: BubblesProps) {
  const [first] = group.messages;
  if (!first) return null;
  if (group.kind === "system") return <p className="system">{first.text}</p>;
  const isMine = group.kind === "customer";
  const name = isMine ? words.you : group.kind === "bot" ? botName : first.sender?.name || words.desk;
  return (
    <article className={`bubbles ${group.kind}`}>
      <h3 className={isMine ? "visually-hidden" : ""}>{name}</h3>
      {group.messages.map((message) => (
        <Bubble key={message.id} message={message} isMine={isMine} desk={desk} />
      ))}
    </article>
  );
}

function Bubble({ message, isMine, desk }: { message: ChatMessage; isMine: boolean; desk: WidgetDesk }) {
  const { text, status, attachment, sent_at, edited_at, deleted_at } = message;
  const at = Date.parse(sent_at);
  return (
    <div className="bubble">
      {deleted_at !== null ? (
        <p className="muted">{words.deleted}</p>
      ) : (
        <>
          {text !== "" && <MessageText text={text} />}
          {attachment && desk.desk && <Attachment attachment={attachment} calls={desk.desk.calls} />}
        </>
      )}
      <footer>
        {edited_at !== null && <span>{words.edited}</span>}
        {!isMine && deleted_at === null && text !== "" && <Copy text={text} />}
        <time dateTime={sent_at} title={fullTime(at)}>
          {clockTime(at)}
        </time>
        {isMine && (
          <span className={`receipt ${status}`} title={words[status]}>
            <Icon name={status === "sent" ? "check" : "checks"} size={14} />
            <span className="visually-hidden">{words[status]}</span>
          </span>
        )}
      </footer>
    </div>
  );
}

function Copy({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  // A page that is not on https has no clipboard.
  if (!navigator.clipboard) return null;
  const copy = () =>
    void navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => undefined,
    );
  return (
    <Button
      kind="quiet"
      icon={isCopied ? "check" : "copy"}
      label={isCopied ? words.copied : words.copy}
      className="copy"
      onClick={copy}
    />
  );
}
