import { type FormEvent, useState } from "react";
import type { TicketSession } from "../desk/ticket-session.js";
import { asCallError } from "../http/call-error.js";
import type { Level } from "../http/desk-calls.js";
import { Button } from "../parts/button.js";
import { clockTime, fullTime } from "../parts/clock.js";
import { LevelBadge } from "../parts/level-badge.js";
import { useToast } from "../parts/toasts.js";
import { words } from "../words/en.js";

const text = words.urgency;
const levels = ["critical", "high", "normal", "low"] as const;
const ageingMs = 24 * 3_600_000;

/** How urgent the ticket is and by which words, where it stands in the queue and why; an agent who knows better says so. */
export function UrgencyPart({ session }: { session: TicketSession }) {
  const { detail, desk } = session;
  const [isOpen, setOpen] = useState(false);
  const say = useToast();
  if (!detail) return null;
  const { urgency } = detail;
  const terms = [...(urgency?.terms ?? [])].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 8);
  const correct = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      session.take(await desk.calls.correct(session.id, form.get("level") as Level, String(form.get("reason") ?? "")));
      await session.load();
      setOpen(false);
      say(text.corrected);
    } catch (error) {
      say(words.fault(asCallError(error).message), true);
    }
  };
  return (
    <section>
      <h2>{text.title}</h2>
      <p className="urgency-line">
        <LevelBadge level={urgency?.level ?? null} />
        {urgency && <span>{text.score(urgency.score)}</span>}
        {urgency && <span className="topic">{urgency.topic.replaceAll("_", " ")}</span>}
      </p>
      {urgency && (
        <div className={`meter ${urgency.level}`} aria-hidden="true">
          <span ref={widthOf(urgency.score)} />
        </div>
      )}
      {urgency?.model === "person" ? (
        <p className="muted">{text.byPerson}</p>
      ) : (
        urgency && (
          <>
            <h3>{text.terms}</h3>
            {terms.length === 0 && <p className="muted">{text.noTerms}</p>}
            <ul className="terms">
              {terms.map(({ stem, term, weight, start }) => (
                <li key={`${start}-${stem}`}>
                  <span className={`term ${weight >= 0 ? "raises" : "lowers"}`}>{term || stem}</span>
                  <span className="muted">
                    {weight >= 0 ? "+" : "−"}
                    {Math.abs(weight).toFixed(2)}
                  </span>
                </li>
              ))}
            </ul>
          </>
        )
      )}
      <h3>{text.place}</h3>
      <p className="muted">{placeOf(session)}</p>
      {isOpen ? (
        <form className="form correct" onSubmit={(event) => void correct(event)}>
          <label>
            {words.inbox.level}
            <select name="level" defaultValue={urgency?.level ?? "normal"}>
              {levels.map((level) => (
                <option key={level} value={level}>
                  {words.levels[level]}
                </option>
              ))}
            </select>
          </label>
          <label>
            {text.reason}
            <input name="reason" maxLength={2000} />
          </label>
          <div className="form-acts">
            <Button kind="quiet" onClick={() => setOpen(false)}>
              {words.cancel}
            </Button>
            <Button kind="primary" type="submit">
              {text.save}
            </Button>
          </div>
        </form>
      ) : (
        <Button onClick={() => setOpen(true)}>{text.correct}</Button>
      )}
    </section>
  );
}

/** Styles by the object model: the page's policy allows no style in its markup. */
const widthOf = (percent: number) => (element: HTMLElement | null) => {
  if (element) element.style.width = `${percent}%`;
};

/** Why it stands where it stands, by the rule of the queue: due = since + 24 h × (1 − s²). */
function placeOf({ detail, standing, desk }: TicketSession): string {
  if (!detail || standing?.status !== "unassigned") return text.owned;
  const due = Date.parse(detail.due_at);
  const score = detail.urgency?.score ?? 0;
  const share = 1 - (score / 100) ** 2;
  const since = due - ageingMs * share;
  const minutes = Math.round((ageingMs * (1 - share)) / 60_000);
  const span = words.time.span(Math.floor(minutes / 60), minutes % 60);
  const like = new Date(due - ageingMs).getTime();
  const shown = (at: number) => (Date.now() - at < 12 * 3_600_000 ? clockTime(at) : fullTime(at));
  const reason = text.placeReason(shown(since), shown(like), span, score);
  const { filter, ids } = desk.tickets.list;
  const isWhole =
    filter.status === "unassigned" &&
    [filter.level, filter.topic, filter.queue, filter.search].every((one) => one === "");
  const before = ids.indexOf(detail.id);
  return isWhole && before >= 0 ? `${reason} ${text.ahead(before)}` : reason;
}
