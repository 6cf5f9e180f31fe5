import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { headHeightPx, type InboxItem, RowLayout, rowHeightPx } from "../desk/row-layout.js";
import type { TicketFilter } from "../desk/ticket-list.js";
import { asCallError } from "../http/call-error.js";
import { Button } from "../parts/button.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { useToast } from "../parts/toasts.js";
import { useHotkeys } from "../parts/use-hotkeys.js";
import { useObservable } from "../parts/use-observable.js";
import { go } from "../parts/use-route.js";
import { useScrollWindow } from "../parts/use-scroll-window.js";
import { words } from "../words/en.js";
import { useCommands } from "./command-context.js";
import { useDesk } from "./desk-context.js";
import { InboxFilters } from "./inbox-filters.js";
import { ListHead, MineHead } from "./inbox-heads.js";
import { InboxRow } from "./inbox-row.js";

/** Rendered above and below what is on the screen. */
const spare = 6;
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
  const layout = useMemo(() => {
    const shownMine = new Set(showsMine ? mine : []);
    const isTwice = showsMine && mine.some((id) => list.has(id));
    const rest = isTwice ? ids.filter((id) => !shownMine.has(id)) : ids;
    return new RowLayout(showsMine ? mine : null, rest);
  }, [mine, ids, showsMine, list]);
  const inView = useScrollWindow(scroller);
  const first = Math.max(0, layout.indexAt(inView.top) - spare);
  const last = Math.min(layout.count - 1, layout.indexAt(inView.top + inView.height) + spare);
  useEffect(() => {
    if (last >= layout.count - 15 && typeof list.next === "string") void desk.loadPage();
  }, [last, layout, list.next, desk]);

  const hold = useCallback((isStill: boolean) => tickets.hold(isStill), [tickets]);
  const isAtTop = () => (scroller.current?.scrollTop ?? 0) < 4;
  const letGo = useCallback(() => {
    const box = scroller.current;
    const isHeld = box?.matches(":hover") || box?.contains(document.activeElement);
    if (!isHeld) hold(false);
  }, [hold]);

  /** Goes to the next ticket at once: what is drawn and focused is there before the key is released. */
  const move = (step: 1 | -1) => {
    const box = scroller.current;
    const index = layout.rowFrom(layout.indexOf(stop ?? activeId ?? -1), step);
    const item = layout.at(index);
    if (!box || item?.kind !== "row") return;
    const top = layout.topOf(index);
    if (top < box.scrollTop) box.scrollTop = top - headHeightPx;
    else if (top + rowHeightPx > box.scrollTop + box.clientHeight) box.scrollTop = top + rowHeightPx - box.clientHeight;
    flushSync(() => {
      setStop(item.id);
      inView.look();
    });
    document.getElementById(`row-${item.id}`)?.focus({ preventScroll: true });
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
  const tabStop = [stop, activeId].find((id) => id !== null && layout.indexOf(id) >= 0) ?? firstRow(layout);
  const { comers } = tickets;

  return (
    <section className="inbox" aria-label={text.title}>
      <InboxFilters filter={list.filter} topics={topics} queues={desk.queues.map(({ name }) => name)} onChange={show} />
      <FaultNotice said={desk.listFault === null ? null : `${text.fault} ${desk.listFault}`}>
        <Button kind="quiet" onClick={() => void desk.reload()}>
          {text.again}
        </Button>
      </FaultNotice>
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
          <ul className="list-whole" aria-label={text.list} ref={heightOf(layout.height)}>
            {indexesOf(first, last).map((index) => {
              const item = layout.at(index);
              const row = item?.kind === "row" ? tickets.row(item.id) : undefined;
              return (
                <li key={keyOf(item)} className="list-item" ref={placeAt(layout.topOf(index))}>
                  {item?.kind === "mine-head" && <MineHead onPull={() => void pull()} />}
                  {item?.kind === "list-head" && <ListHead />}
                  {item?.kind === "mine-text" && <p className="list-text">{text.nothingMine}</p>}
                  {item?.kind === "list-text" && (
                    <p className="list-text">{isFirstLoad ? text.loading : text.nothing}</p>
                  )}
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

function indexesOf(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function keyOf(item: InboxItem | undefined): string {
  return item?.kind === "row" ? `${item.part}-${item.id}` : (item?.kind ?? "");
}

function firstRow(layout: RowLayout): number | null {
  const item = layout.at(layout.rowFrom(-1, 1));
  return item?.kind === "row" ? item.id : null;
}

/** Styles by the object model: the page's policy allows no style in its markup. */
const heightOf = (height: number) => (element: HTMLElement | null) => {
  if (element) element.style.height = `${height}px`;
};
const placeAt = (start: number) => (element: HTMLElement | null) => {
  if (element) element.style.transform = `translateY(${start}px)`;
};
