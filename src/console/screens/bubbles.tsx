import { memo } from "react";
import type { ChatMessage } from "../../contract/events.js";
import type { BubbleGroup } from "../desk/bubble-groups.js";
import type { DeskCalls } from "../http/desk-calls.js";
import { Button } from "../parts/button.js";
import { clockTime, fullTime } from "../parts/clock.js";
import { Icon, type IconName } from "../parts/icon.js";
import { type Mark, MarkedText } from "../parts/marked-text.js";
import { MessageText } from "../parts/message-text.js";
import { useToast } from "../parts/toasts.js";
import { words } from "../words/en.js";
import { Attachment } from "./attachment.js";

/** Marks by message. */
export type Marked = ReadonlyMap<number, readonly Mark[]>;

export interface BubblesProps {
  group: BubbleGroup;
  me: number;
  /** Called so where a customer has no name. */
  customer: string;
  /** The messages in whose words an urgency is shown. */
  marked: Marked;
  calls: Pick<DeskCalls, "address" | "download">;
}

const text = words.ticket;
/** A text that is laid out is shown so, and not with marks. */
const layout = /```|\*\*|^\s*[-*#>] |\]\(/m;

/** What one person said in a row. */
export const Bubbles = memo(function Bubbles({ group, me, customer, marked, calls }: BubblesProps) {
  const [first] = group.messages;
  if (!first) return null;
  if (group.kind === "system") return <SystemLine message={first} />;
  const isMine = first.sender?.id === me;
  const name =
    group.kind === "bot" ? text.bot : first.sender?.name || (group.kind === "customer" ? customer : text.unknownSender);
  return (
    <article className={`bubbles ${group.kind} ${isMine ? "mine" : ""}`}>
      <h3>
        {name}
        {group.kind === "note" && <span className="muted"> · {text.note}</span>}
      </h3>
      {group.messages.map((message) => (
        <Bubble
          key={message.id}
          message={message}
          marks={marked.get(message.id) ?? []}
          calls={calls}
          hasReceipt={isMine || group.kind === "agent"}
        />
      ))}
    </article>
  );
});

interface BubbleProps {
  message: ChatMessage;
  marks: readonly Mark[];
  calls: Pick<DeskCalls, "address" | "download">;
  hasReceipt: boolean;
}

function Bubble({ message, marks, calls, hasReceipt }: BubbleProps) {
  const say = useToast();
  const at = Date.parse(message.sent_at);
  const copy = () => void navigator.clipboard.writeText(message.text).then(() => say(text.copied));
  const isMarked = marks.length > 0 && !layout.test(message.text);
  return (
    <div className="bubble">
      {message.deleted_at !== null ? (
        <p className="muted">{text.deleted}</p>
      ) : isMarked ? (
        <MarkedText text={message.text} marks={marks} />
      ) : (
        message.text !== "" && <MessageText text={message.text} />
      )}
      {message.attachment && <Attachment attachment={message.attachment} calls={calls} />}
      <footer>
        {message.edited_at !== null && <span>{text.edited}</span>}
        <time dateTime={message.sent_at} title={fullTime(at)}>
          {clockTime(at)}
        </time>
        {hasReceipt && (
          <span className={`receipt ${message.status}`} title={text[message.status]}>
            <Icon name={message.status === "sent" ? "check" : "checks"} size={14} />
            <span className="visually-hidden">{text[message.status]}</span>
          </span>
        )}
      </footer>
      {message.deleted_at === null && message.text !== "" && (
        <Button kind="quiet" icon="copy" label={text.copy} className="copy" onClick={copy} />
      )}
    </div>
  );
}

const icons: Partial<Record<ChatMessage["type"], IconName>> = {
  dispute: "scales",
  payment: "coin",
  job_update: "bolt",
};
const titles: Partial<Record<ChatMessage["type"], string>> = {
  dispute: text.dispute_,
  payment: text.payment_,
  job_update: text.job_update,
};

/** What nobody said: the desk tells it. */
function SystemLine({ message }: { message: ChatMessage }) {
  const icon = icons[message.type];
  const at = Date.parse(message.sent_at);
  return (
    <div className={`system-line ${message.type}`}>
      {icon && <Icon name={icon} />}
      {titles[message.type] && <strong>{titles[message.type]}</strong>}
      <span>{message.text}</span>
      <time dateTime={message.sent_at} title={fullTime(at)}>
        {clockTime(at)}
      </time>
    </div>
  );
}
