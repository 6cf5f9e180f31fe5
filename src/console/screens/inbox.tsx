import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { TicketFilter } from "../desk/ticket-list.js";
import { asCallError } from "../http/call-error.js";
import { Button } from "../parts/button.js";
import { useToast } from "../parts/toasts.js";
import { useHotkeys } from "../parts/use-hotkeys.js";
import { useObservable } from "../parts/use-observable.js";
import { go } from "../parts/use-route.js";
import { words } from "../words/en.js";
import { useCommands } from "./command-context.js";
import { useDesk } from "./desk-context.js";
import { InboxFilters } from "./inbox-filters.js";
import { InboxRow } from "./inbox-row.js";

type Item =
  | { kind: "mine-head" }
  | { kind: "list-head" }
  | { kind: "text"; text: string }
  | { kind: "row"; id: number; part: "mine" | "list" };

const headHeight = 36;
const rowHeight = 56;
const text = words.inbox;

/** My tickets, then the list: rows change where they are, and come and go when nobody points at them. */
export function Inbox({ activeId }: { activeId: number | null }) {
  const desk = useDesk();
  const { tickets } = desk;
  useObservable(desk);
  useObservable(tickets);
  const say = useToast();
  const scroller = useRef<HTMLDivElement>(null);
  const [stop, setStop] = useState<number | null>(null);
  const { list } = tickets;

  const { mine } = tickets;
  const { ids } = list;
  const isFirstLoad = list.next === undefined && desk.listFault === null;
  // Who searches wants what is found, wherever it is.
  const showsMine = desk.isAgent && list.filter.search === "";
  const items = useMemo<Item[]>(() => {
    const shownMine = new Set(showsMine ? mine : []);
    const rest = ids.filter((id) => !shownMine.has(id));
    const row =
      (part: "mine" | "list") =>
      (id: number): Item => ({ kind: "row", id, part });
    const note = (shown: string): Item => ({ kind: "text", text: shown });
    return [
      ...(showsMine ? [{ kind: "mine-head" } as const, ...mine.map(row("mine"))] : []),
      ...(showsMine && mine.length === 0 ? [note(text.nothingMine)] : []),
      { kind: "list-head" },
      ...rest.map(row("list")),
      ...(rest.length === 0 ? [note(isFirstLoad ? text.loading : text.nothing)] : []),
    ];
  }, [mine, ids, showsMine, isFirstLoad]);
  const order = useMemo(() => items.flatMap((item) => (item.kind === "row" ? [item.id] : [])), [items]);

  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (items[index]?.kind === "row" ? rowHeight : headHeight),
    getItemKey: (index) => {
      const item = items[index];
      return item?.kind === "row" ? `${item.part}-${item.id}` : `${item?.kind}-${index}`;
    },
    overscan: 8,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - 15 && typeof list.next === "string") void desk.loadPage();
  }, [last, items.length, list.next, desk]);

  const hold = useCallback((isStill: boolean) => tickets.hold(isStill), [tickets]);
  const isAtTop = () => (scroller.current?.scrollTop ?? 0) < 4;
  const letGo = useCallback(() => {
    const box = scroller.current;
    const isHeld = box?.matches(":hover") || box?.contains(document.activeElement);
    if (!isHeld) hold(false);
  }, [hold]);

  const move = (step: number) => {
    if (order.length === 0) return;
    const at = order.indexOf(stop ?? activeId ?? -1);
    const id = order[at === -1 ? 0 : Math.min(order.length - 1, Math.max(0, at + step))];
    if (id === undefined) return;
    setStop(id);
    virtual.scrollToIndex(items.findIndex((item) => item.kind === "row" && item.id === id));
    requestAnimationFrame(() => document.getElementById(`row-${id}`)?.focus({ preventScroll: true }));
  };
  const pull = async () => {
    try {
      const { newly_assigned: more, count, capacity } = await desk.calls.pull();
      say(more.length === 0 && count >= capacity ? text.full : text.pulled(more.length));
    } catch (error) {
      say(words.fault(asCallError(error).message), true);
    }
  };
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    w: desk.isAgent ? () => void pull() : undefined,
    escape: () => {
      if (activeId === null) return;
      go("/");
      requestAnimationFrame(() => document.getElementById(`row-${activeId}`)?.focus());
    },
  });
  useCommands(
    desk.isAgent ? [{ id: "pull", label: text.pull, icon: "bolt", shortcut: "W", run: () => void pull() }] : [],
  );

  const show = (filter: TicketFilter) => {
    hold(false);
    scroller.current?.scrollTo({ top: 0 });
    desk.show(filter);
  };
  const topics = useMemo(() => [...new Set(desk.queues.flatMap((queue) => queue.topics))].sort(), [desk.queues]);
  const tabStop =
    stop !== null && order.includes(stop) ? stop : activeId !== null && order.includes(activeId) ? activeId : order[0];
  const { comers } = tickets;

  return (
    <section className="inbox" aria-label={text.title}>
      <InboxFilters filter={list.filter} topics={topics} queues={desk.queues.map(({ name }) => name)} onChange={show} />
      {desk.listFault !== null && (
        <p className="notice fault" role="alert">
          {text.fault} {desk.listFault}{" "}
          <Button kind="quiet" onClick={() => void desk.reload()}>
            {text.again}
          </Button>
        </p>
      )}
      <div className="list-place">
        {comers > 0 && (
          <button
            type="button"
            className="comers"
            onClick={() => {
              hold(false);
              scroller.current?.scrollTo({ top: 0 });
            }}
          >
            {text.comers(comers)}
          </button>
        )}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: it only notes that somebody points at a row */}
        <div
          className="list"
          ref={scroller}
          onPointerEnter={() => hold(true)}
          onPointerLeave={letGo}
          onFocus={() => hold(true)}
          onBlur={() => setTimeout(letGo)}
          onScroll={() => (isAtTop() ? letGo() : hold(true))}
        >
          <ul className="list-whole" aria-label={text.list} ref={heightOf(virtual.getTotalSize())}>
            {shown.map(({ index, key, start }) => {
              const item = items[index];
              const row = item?.kind === "row" ? tickets.row(item.id) : undefined;
              return (
                <li key={key} className="list-item" ref={placeAt(start)}>
                  {item?.kind === "mine-head" && <MineHead onPull={() => void pull()} />}
                  {item?.kind === "list-head" && <ListHead />}
                  {item?.kind === "text" && <p className="list-text">{item.text}</p>}
                  {item?.kind === "row" && row && (
                    <InboxRow
                      row={row}
                      isActive={item.id === activeId}
                      isStop={item.id === tabStop}
                      isGone={
                        item.part === "mine"
                          ? row.assignedTo !== desk.user.id || row.status !== "in_progress"
                          : list.filter.status !== "" && row.status !== list.filter.status
                      }
                      holder={item.part === "list" && row.status === "in_progress" ? desk.nameOf(row.assignedTo) : ""}
                      hasDraft={desk.drafts.read(item.id).text !== ""}
                      onFocus={setStop}
                    />
                  )}
                </li>
              );
            })}
          </ul>
        </div>
      </div>
    </section>
  );
}

/** Styles by the object model: the page's policy allows no style in its markup. */
const heightOf = (height: number) => (element: HTMLElement | null) => {
  if (element) element.style.height = `${height}px`;
};
const placeAt = (start: number) => (element: HTMLElement | null) => {
  if (element) element.style.transform = `translateY(${start}px)`;
};

function MineHead({ onPull }: { onPull: () => void }) {
  const desk = useDesk();
  const capacity = desk.me?.capacity ?? 0;
  return (
    <div className="list-head">
      <h2>{text.mine}</h2>
      <span className="count">{text.holds(desk.tickets.held, capacity)}</span>
      <span className="grow" />
      <Button kind="quiet" icon="bolt" shortcut="W" onClick={onPull}>
        {text.pull}
      </Button>
    </div>
  );
}

function ListHead() {
  const desk = useDesk();
  const { filter, ids, next } = desk.tickets.list;
  const { status, level, topic, queue, search } = filter;
  const ours = desk.stats.filter((one) => queue === "" || one.queue === queue);
  const isCounted = status === "unassigned" && topic === "" && search === "" && desk.stats.length > 0 && next !== null;
  const counted = ours.reduce((sum, one) => sum + (level === "" ? one.waiting : one.by_level[level].waiting), 0);
  const count = isCounted
    ? Math.max(counted, ids.length).toLocaleString("en")
    : text.loadedOf(ids.length, next !== null);
  return (
    <div className="list-head">
      <h2>{search !== "" ? text.results : status === "" ? text.allStatuses : words.statuses[status]}</h2>
      <span className="count">{next === undefined ? "" : count}</span>
    </div>
  );
}
