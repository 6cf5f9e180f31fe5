import { memo } from "react";
import type { TicketRow } from "../desk/ticket-row.js";
import { Icon } from "../parts/icon.js";
import { LevelBadge } from "../parts/level-badge.js";
import { MarkedText } from "../parts/marked-text.js";
import { Ago } from "../parts/time.js";
import { words } from "../words/en.js";

export interface InboxRowProps {
  row: TicketRow;
  isActive: boolean;
  /** It can be reached by Tab: one row is. */
  isStop: boolean;
  /** It stands here because the list is held still. */
  isGone: boolean;
  holder: string;
  hasDraft: boolean;
  onFocus: (id: number) => void;
}

/** One ticket in the inbox. */
export const InboxRow = memo(function InboxRow(props: InboxRowProps) {
  const { row, isActive, isStop, isGone, holder, hasDraft, onFocus } = props;
  const found = row.highlight;
  return (
    <a
      href={`#/tickets/${row.id}`}
      id={`row-${row.id}`}
      className={`row ${isActive ? "active" : ""} ${isGone ? "gone" : ""}`}
      tabIndex={isStop ? 0 : -1}
      {...(isActive ? { "aria-current": "true" as const } : {})}
      onFocus={() => onFocus(row.id)}
    >
      <span className={`stripe ${row.level ?? "unscored"}`} />
      <span className="row-head">
        <span className="row-name">{row.customer}</span>
        {row.topic && row.topic !== "other" && <span className="topic">{row.topic.replaceAll("_", " ")}</span>}
        <span className="grow" />
        <LevelBadge level={row.level} score={row.score} />
        <span className="row-time">
          <Ago at={row.createdAt} />
        </span>
      </span>
      <span className="row-foot">
        <span className="row-body">
          {found ? (
            <MarkedText text={found.text} marks={found.marks.map(([start, end]) => ({ start, end }))} />
          ) : (
            row.body.slice(0, 160)
          )}
        </span>
        {hasDraft && <span className="tag">{words.inbox.draft}</span>}
        {row.snoozedUntil !== null && (
          <span className="tag">
            <Icon name="clock" size={12} />
            {words.inbox.asleep}
          </span>
        )}
        {holder !== "" && <span className="holder">{words.inbox.heldBy(holder)}</span>}
        {row.status === "closed" && <span className="holder">{words.statuses.closed}</span>}
      </span>
    </a>
  );
});
