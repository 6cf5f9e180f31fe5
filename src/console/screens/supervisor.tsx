import { useEffect, useMemo, useState } from "react";
import type { AgentStatsView, QueueStatsView } from "../../contract/http/stats.js";
import { minutesOf, totalsOf, type WaitReason, whyWaits } from "../desk/supervision.js";
import { asCallError } from "../http/call-error.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { LineChart } from "../parts/line-chart.js";
import { TablePlace } from "../parts/table-place.js";
import { Ago } from "../parts/time.js";
import { useObservable } from "../parts/use-observable.js";
import { words } from "../words/en.js";
import { useDesk } from "./desk-context.js";
import { StageHealth } from "./stage-health.js";
import "../style/supervisor.css";

const text = words.supervisor;
const everyMs = 5000;

interface Figures {
  queues: readonly QueueStatsView[];
  agents: readonly AgentStatsView[];
}

/** How the desk stands: what waits and since when, who has what, and why something waits. */
export default function Supervisor() {
  const desk = useDesk();
  useObservable(desk);
  const [figures, setFigures] = useState<Figures | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [queue, setQueue] = useState("");
  useEffect(() => {
    let isHere = true;
    const look = async () => {
      if (document.hidden) return;
      try {
        const [{ results: queues }, agents] = await Promise.all([desk.calls.queueStats(), desk.calls.agentStats()]);
        if (!isHere) return;
        setFigures({ queues, agents });
        setFault(null);
      } catch (error) {
        if (isHere) setFault(asCallError(error).message);
      }
    };
    void look();
    const timer = setInterval(() => void look(), everyMs);
    return () => {
      isHere = false;
      clearInterval(timer);
    };
  }, [desk]);

  const ours = useMemo(
    () => (figures?.queues ?? []).filter((one) => queue === "" || one.queue === queue),
    [figures, queue],
  );
  const minutes = useMemo(() => minutesOf(ours), [ours]);
  const times = useMemo(() => minutes.map(({ at }) => at), [minutes]);
  const depth = useMemo(() => minutes.map(({ waiting }) => waiting), [minutes]);
  const oldest = useMemo(() => minutes.map(({ oldestS }) => Math.round(oldestS / 60)), [minutes]);
  if (!figures) return <p className="empty">{fault === null ? text.loading : words.fault(fault)}</p>;
  const totals = totalsOf(ours);
  const most = Math.max(1, ...totals.byLevel.map(({ waiting }) => waiting));

  return (
    <div className="supervisor">
      <header>
        <h1>{text.title}</h1>
        <select aria-label={text.queue} value={queue} onChange={(event) => setQueue(event.target.value)}>
          <option value="">{words.inbox.allQueues}</option>
          {figures.queues.map(({ queue: name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <FaultNotice fault={fault} />
      </header>
      <dl className="tiles">
        <Tile name={text.waiting} value={totals.waiting.toLocaleString("en")} />
        <Tile name={text.oldest} value={spanOf(totals.oldestS)} />
        <Tile name={text.received} value={totals.rates.received.toLocaleString("en")} note={text.lastHour} />
        <Tile name={text.assigned} value={totals.rates.assigned.toLocaleString("en")} note={text.lastHour} />
        <Tile name={text.closed} value={totals.rates.closed.toLocaleString("en")} note={text.lastHour} />
      </dl>
      <div className="charts">
        <LineChart title={text.depth} times={times} values={depth} colour="--accent" />
        <LineChart title={text.oldestMinutes} times={times} values={oldest} colour="--high" />
        <section className="levels">
          <h2>{text.byLevel}</h2>
          <ul>
            {totals.byLevel.map(({ level, waiting, oldestS }) => (
              <li key={level}>
                <span>{level === "unscored" ? text.unscored : words.levels[level]}</span>
                <progress className={level} value={waiting} max={most} aria-hidden="true" />
                <span className="figure">{waiting.toLocaleString("en")}</span>
                <span className="figure muted">{waiting > 0 ? spanOf(oldestS) : ""}</span>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <section>
        <h2>{text.why}</h2>
        <Why queues={ours} />
      </section>
      <StageHealth spanOf={spanOf} />
      <section>
        <h2>{text.agents}</h2>
        <Agents agents={figures.agents} />
      </section>
    </div>
  );
}

function Tile({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>
        {name}
        {note && <span className="muted"> · {note}</span>}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

function spanOf(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return words.time.span(Math.floor(minutes / 60), minutes % 60);
}

function Why({ queues }: { queues: readonly QueueStatsView[] }) {
  const waiting = queues.flatMap((queue) => {
    const reason = whyWaits(queue);
    return reason === null ? [] : [{ queue, reason }];
  });
  if (waiting.length === 0) return <p className="muted">{text.reasons.none}</p>;
  return (
    <ul className="whys">
      {waiting.map(({ queue, reason }) => (
        <li key={queue.queue} className={reason}>
          {sentenceOf(queue, reason)}
        </li>
      ))}
    </ul>
  );
}

function sentenceOf({ queue, waiting, agents }: QueueStatsView, reason: WaitReason): string {
  return reason === "room"
    ? text.reasons.room(queue, waiting, agents.online_with_room)
    : text.reasons[reason](queue, waiting);
}

const rank = { online: 0, away: 1, offline: 2 };

function Agents({ agents }: { agents: readonly AgentStatsView[] }) {
  const ordered = [...agents].sort(
    (a, b) => rank[a.availability] - rank[b.availability] || b.held - a.held || a.id - b.id,
  );
  return (
    <TablePlace
      title={text.agents}
      columns={[text.agent, text.state, text.load, text.queues, text.snoozed, text.closedHour, text.seen]}
    >
      {ordered.map((agent) => (
        <tr key={agent.id}>
          <th scope="row">{agent.name}</th>
          <td>
            <span className={`dot ${agent.availability}`} /> {words.availability[agent.availability]}
          </td>
          <td>
            <span className="load">
              <progress
                value={Math.min(agent.held, agent.capacity)}
                max={Math.max(1, agent.capacity)}
                aria-hidden="true"
              />
              {words.transfer.load(agent.held, agent.capacity)}
              {agent.held >= agent.capacity && <span className="tag">{text.full}</span>}
            </span>
          </td>
          <td>{agent.queues.length === 0 ? words.inbox.allQueues : agent.queues.join(", ")}</td>
          <td>{agent.snoozed}</td>
          <td>{agent.closed_last_hour}</td>
          <td>{agent.last_seen_at === null ? words.customer.unknown : <Ago at={Date.parse(agent.last_seen_at)} />}</td>
        </tr>
      ))}
    </TablePlace>
  );
}
