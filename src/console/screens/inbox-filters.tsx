import { useEffect, useRef, useState } from "react";
import { type TicketFilter, waitingFilter } from "../desk/ticket-list.js";
import { Button } from "../parts/button.js";
import { Icon } from "../parts/icon.js";
import { useHotkeys } from "../parts/use-hotkeys.js";
import { words } from "../words/en.js";

export interface InboxFiltersProps {
  filter: TicketFilter;
  topics: readonly string[];
  queues: readonly string[];
  onChange: (filter: TicketFilter) => void;
}

const searchWaitMs = 250;
const text = words.inbox;

/** What the list is narrowed to. */
export function InboxFilters({ filter, topics, queues, onChange }: InboxFiltersProps) {
  const [search, setSearch] = useState(filter.search);
  const box = useRef<HTMLInputElement>(null);
  const latest = useRef({ filter, onChange });
  latest.current = { filter, onChange };
  useEffect(() => setSearch(filter.search), [filter.search]);
  useEffect(() => {
    const words = search.trim();
    if (words === latest.current.filter.search) return;
    const timer = setTimeout(() => {
      const { filter: now, onChange: change } = latest.current;
      change({ ...now, search: words });
    }, searchWaitMs);
    return () => clearTimeout(timer);
  }, [search]);
  useHotkeys({ "/": () => box.current?.focus() });

  const select = <K extends "status" | "level" | "topic" | "queue">(
    name: K,
    label: string,
    all: string,
    options: readonly (readonly [string, string])[],
  ) => (
    <select
      aria-label={label}
      className={filter[name] === waitingFilter[name] ? "" : "set"}
      value={filter[name]}
      onChange={(event) => onChange({ ...filter, [name]: event.target.value })}
    >
      <option value="">{all}</option>
      {options.map(([value, shown]) => (
        <option key={value} value={value}>
          {shown}
        </option>
      ))}
    </select>
  );
  const isNarrowed = Object.entries(waitingFilter).some(
    ([name, value]) => filter[name as keyof TicketFilter] !== value,
  );

  return (
    <search className="filters" aria-label={text.filters}>
      <label className="search-box">
        <Icon name="search" />
        <span className="visually-hidden">{text.search}</span>
        <input
          ref={box}
          type="search"
          placeholder={text.search}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            setSearch("");
            box.current?.blur();
          }}
        />
        <kbd>/</kbd>
      </label>
      <div className="selects">
        {select("status", text.status, text.shortStatuses, Object.entries(words.statuses))}
        {select("level", text.level, text.shortLevels, Object.entries(words.levels))}
        {select(
          "topic",
          text.topic,
          text.shortTopics,
          topics.map((topic) => [topic, topic.replaceAll("_", " ")] as const),
        )}
        {select(
          "queue",
          text.queue,
          text.shortQueues,
          queues.map((queue) => [queue, queue] as const),
        )}
        {isNarrowed && <Button kind="quiet" icon="close" label={text.clear} onClick={() => onChange(waitingFilter)} />}
      </div>
    </search>
  );
}
