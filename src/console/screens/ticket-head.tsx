import { lazy, Suspense, useState } from "react";
import type { TicketSession } from "../desk/ticket-session.js";
import { asCallError } from "../http/call-error.js";
import { Button } from "../parts/button.js";
import { fullTime } from "../parts/clock.js";
import { DropMenu } from "../parts/drop-menu.js";
import { Icon } from "../parts/icon.js";
import { LevelBadge } from "../parts/level-badge.js";
import { useToast } from "../parts/toasts.js";
import { useHotkeys } from "../parts/use-hotkeys.js";
import { useObservable } from "../parts/use-observable.js";
import { words } from "../words/en.js";
import { type Command, useCommands } from "./command-context.js";
import { snoozeTimes } from "./snooze-times.js";

const TransferDialog = lazy(() => import("./transfer-dialog.js"));
const SnoozeDialog = lazy(() => import("./snooze-dialog.js"));
const MatterDialog = lazy(() => import("./matter-dialog.js"));

export interface TicketHeadProps {
  session: TicketSession;
  hasPanel: boolean;
  onPanel: () => void;
  onWrite: (isNote: boolean) => void;
}

const text = words.ticket;

/** Whose ticket it is, how it stands, who else is there, and what can be done with it. */
export function TicketHead({ session, hasPanel, onPanel, onWrite }: TicketHeadProps) {
  const { desk, detail, standing, isMine } = session;
  const say = useToast();
  const [dialog, setDialog] = useState<"transfer" | "snooze" | "dispute" | "payment" | null>(null);
  useObservable(desk.watchers);
  const isFree = standing?.status === "unassigned";
  const isClosed = standing?.status === "closed";
  const mayAct = isMine || (desk.user.role === "admin" && standing?.status === "in_progress");

  const attempt = async (run: () => Promise<string>) => {
    try {
      say(await run());
    } catch (error) {
      say(words.fault(asCallError(error).message), true);
      void session.load();
    }
  };
  const claim = () => void session.claim().then(({ outcome }) => outcome === "claimed" && say(text.claimed));
  const release = () =>
    void attempt(async () => {
      session.take(await desk.calls.release(session.id));
      return text.released;
    });
  const reopen = () =>
    void attempt(async () => {
      session.take(await desk.calls.reopen(session.id));
      return text.reopened;
    });
  const snooze = (until: Date) =>
    void attempt(async () => {
      session.take(await desk.calls.snooze(session.id, until));
      return text.snoozed(fullTime(until.getTime()));
    });

  const askSnooze = () => setDialog("snooze");

  const commands: Command[] = [
    ...(isFree && desk.isAgent
      ? [{ id: "claim", label: text.claim, icon: "lock", shortcut: "C", run: claim } as const]
      : []),
    ...(isClosed ? [{ id: "reopen", label: text.reopen, icon: "release", run: reopen } as const] : []),
    ...(mayAct
      ? ([
          { id: "transfer", label: text.transfer, icon: "swap", shortcut: "T", run: () => setDialog("transfer") },
          ...snoozeTimes(new Date()).map(({ id, label, until }, index) => ({
            ...{
              id: `snooze-${id}`,
              label: `${text.snooze}: ${label}`,
              icon: "clock" as const,
              run: () => snooze(until),
            },
            ...(index === 0 ? { shortcut: "S" } : {}),
          })),
          { id: "snooze-other", label: `${text.snooze}: ${words.snooze.other}`, icon: "clock", run: askSnooze },
          { id: "release", label: text.release, icon: "release", shortcut: "E", run: release },
        ] as const)
      : []),
    { id: "dispute", label: text.dispute, icon: "scales", run: () => setDialog("dispute") },
    { id: "payment", label: text.payment, icon: "coin", run: () => setDialog("payment") },
    { id: "panel", label: text.panel, icon: "panel", shortcut: "I", run: onPanel },
  ];
  useCommands(commands);
  const byId = (id: string) => commands.find((command) => command.id === id)?.run;
  useHotkeys({
    c: byId("claim"),
    e: byId("release"),
    t: byId("transfer"),
    s: byId("snooze-hour"),
    i: onPanel,
    r: () => onWrite(false),
    n: () => onWrite(true),
  });
  if (!detail || !standing) return null;
  const name = detail.customer.name || detail.user_id;

  return (
    <header className="ticket-head">
      <a className="button quiet bare back" href="#/" aria-label={text.back} title={text.back}>
        <Icon name="back" />
      </a>
      <div className="ticket-title">
        <h2>
          {name} <span className="muted">{text.number(detail.id)}</span>
        </h2>
        <p>
          <LevelBadge level={detail.urgency?.level ?? null} />
          <span className={`standing ${standing.status}`}>{standingText(session)}</span>
          <Presence session={session} />
        </p>
      </div>
      <div className="ticket-acts">
        {isFree && desk.isAgent && (
          <Button kind="primary" shortcut="C" onClick={claim}>
            {text.claim}
          </Button>
        )}
        {isClosed && (
          <Button icon="release" onClick={reopen}>
            {text.reopen}
          </Button>
        )}
        {mayAct && (
          <DropMenu
            label={text.snooze}
            trigger={<Icon name="clock" />}
            entries={[
              ...snoozeTimes(new Date()).map(({ id, label, until }) => ({ id, label, run: () => snooze(until) })),
              { id: "other", label: words.snooze.other, run: askSnooze },
            ]}
          />
        )}
        <DropMenu
          label={text.more}
          trigger={<Icon name="more" />}
          entries={commands.filter(
            ({ id }) => !id.startsWith("snooze-") && id !== "panel" && id !== "claim" && id !== "reopen",
          )}
        />
        <Button
          kind="quiet"
          icon="panel"
          label={text.panel}
          shortcut="I"
          aria-pressed={hasPanel}
          className="panel-toggle"
          onClick={onPanel}
        />
      </div>
      <Suspense>
        {dialog === "transfer" && <TransferDialog session={session} onClose={() => setDialog(null)} />}
        {dialog === "snooze" && <SnoozeDialog onSnooze={snooze} onClose={() => setDialog(null)} />}
        {(dialog === "dispute" || dialog === "payment") && (
          <MatterDialog session={session} kind={dialog} onClose={() => setDialog(null)} />
        )}
      </Suspense>
    </header>
  );
}

function standingText({ desk, detail, standing, isMine }: TicketSession): string {
  if (standing?.status === "closed") return text.closed;
  if (standing?.status === "unassigned") return text.waits;
  const until = isMine ? (desk.tickets.row(detail?.id ?? 0)?.snoozedUntil ?? null) : null;
  if (until !== null) return text.asleepUntil(fullTime(until));
  return isMine ? text.mine : text.claimedBy(desk.nameOf(standing?.assignedTo ?? null));
}

/** Who else looks at it or types. */
function Presence({ session }: { session: TicketSession }) {
  const watchers = session.desk.watchers.of(session.id);
  const typing = [
    ...new Set([
      ...watchers.filter(({ isTyping }) => isTyping).map(({ name }) => name),
      ...session.conversation.typing,
    ]),
  ];
  const viewing = watchers.filter(({ isTyping }) => !isTyping).map(({ name }) => name);
  const names = (all: readonly string[]) => new Intl.ListFormat("en").format(all);
  const shown =
    typing.length > 0
      ? (typing.length > 1 ? text.typingMany : text.typing)(names(typing))
      : viewing.length > 0
        ? (viewing.length > 1 ? text.viewingMany : text.viewing)(names(viewing))
        : "";
  return (
    <span className="presence" role="status">
      {shown}
    </span>
  );
}
