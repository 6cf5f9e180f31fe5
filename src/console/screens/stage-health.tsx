import { useEffect, useState } from "react";
import type { StageStatsList } from "../../contract/http/stats.js";
import { asCallError } from "../http/call-error.js";
import { FaultNotice } from "../parts/fault-notice.js";
import { TablePlace } from "../parts/table-place.js";
import { words } from "../words/en.js";
import { useDesk } from "./desk-context.js";

const text = words.supervisor;
const everyMs = 5000;
/** A stage whose oldest job waits that long is behind, s. */
const lateS = 30;

/** How the work between a message and its agent stands: each stage, and what the stages need. */
export function StageHealth({ spanOf }: { spanOf: (seconds: number) => string }) {
  const { calls } = useDesk();
  const [figures, setFigures] = useState<StageStatsList | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    let isHere = true;
    const look = async () => {
      if (document.hidden) return;
      try {
        const found = await calls.stageStats();
        if (!isHere) return;
        setFigures(found);
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
  }, [calls]);
  return (
    <section>
      <h2>{text.stages}</h2>
      <FaultNotice fault={fault} />
      {figures && (
        <>
          <p className="parts">
            {Object.entries(figures.parts).map(([part, { ok, latency_ms }]) => (
              <span key={part} className={`part ${ok ? "ok" : "bad"}`}>
                {text.partNames[part as keyof typeof text.partNames]}: {ok ? text.answers(latency_ms) : text.away}
              </span>
            ))}
          </p>
          <TablePlace
            title={text.stages}
            columns={[
              text.stage,
              text.health,
              text.waitingJobs,
              text.oldest,
              text.activeJobs,
              text.delayedJobs,
              text.deadJobs,
            ]}
          >
            {figures.results.map(({ stage, waiting, active, delayed, dead, oldest_wait_s }) => {
              const health = dead > 0 ? "dead" : (oldest_wait_s ?? 0) >= lateS ? "late" : "well";
              return (
                <tr key={stage}>
                  <th scope="row">{text.stageNames[stage]}</th>
                  <td>
                    <span className={`stage-state ${health}`}>{text.stageStates[health]}</span>
                  </td>
                  <td>{waiting}</td>
                  <td>{oldest_wait_s === null ? words.customer.unknown : spanOf(oldest_wait_s)}</td>
                  <td>{active}</td>
                  <td>{delayed}</td>
                  <td>{dead}</td>
                </tr>
              );
            })}
          </TablePlace>
        </>
      )}
    </section>
  );
}
