import { Button } from "../parts/button.js";
import { words } from "../words/en.js";
import { useDesk } from "./desk-context.js";

const text = words.inbox;

/** My part of the inbox: how much I hold, and how to get more. */
export function MineHead({ onPull }: { onPull: () => void }) {
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

/** The list: what it shows, and how many there are. */
export function ListHead() {
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
