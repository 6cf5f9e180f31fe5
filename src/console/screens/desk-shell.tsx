import { lazy, Suspense, useEffect, useState } from "react";
import { Button } from "../parts/button.js";
import { DropMenu } from "../parts/drop-menu.js";
import { Icon } from "../parts/icon.js";
import { toggleTheme } from "../parts/theme.js";
import { useHotkeys } from "../parts/use-hotkeys.js";
import { useObservable } from "../parts/use-observable.js";
import { go, ticketOf, useRoute } from "../parts/use-route.js";
import { words } from "../words/en.js";
import { CommandContext, useCommandRegistry } from "./command-context.js";
import { useDesk } from "./desk-context.js";
import { Inbox } from "./inbox.js";
import { LiveBanner } from "./live-banner.js";
import { Ticket } from "./ticket.js";

const CommandBar = lazy(() => import("./command-bar.js"));
const KeySheet = lazy(() => import("./key-sheet.js"));
const Admin = lazy(() => import("../admin/admin.js"));
const Supervisor = lazy(() => import("./supervisor.js"));

/** The signed-in console: a bar on the left, and what the address names. */
export function DeskShell() {
  const desk = useDesk();
  const route = useRoute();
  const ticketId = ticketOf(route);
  const [over, setOver] = useState<"commands" | "keys" | null>(null);
  const registry = useCommandRegistry();
  const { user } = desk;
  const wide = route === "/supervisor" ? <Supervisor /> : user.role === "admin" && adminPart(route);

  useHotkeys({
    "ctrl+k": () => setOver("commands"),
    "?": () => setOver("keys"),
  });
  useEffect(() => {
    document.title = ticketId === null ? words.product : `${words.ticket.number(ticketId)} · ${words.product}`;
  }, [ticketId]);

  return (
    <CommandContext value={registry}>
      <button type="button" className="button skip" onClick={() => document.getElementById("main")?.focus()}>
        {words.nav.skip}
      </button>
      <div className={`desk ${ticketId === null ? "" : "has-ticket"} ${wide ? "is-wide" : ""}`}>
        <Rail route={route} onCommands={() => setOver("commands")} onKeys={() => setOver("keys")} />
        <LiveBanner />
        {wide ? (
          <main id="main" className="wide" tabIndex={-1}>
            <Suspense fallback={<p className="empty">{words.inbox.loading}</p>}>{wide}</Suspense>
          </main>
        ) : (
          <main className="both">
            <h1 className="visually-hidden">{words.inbox.title}</h1>
            <Inbox activeId={ticketId} />
            <section id="main" className="ticket-place" tabIndex={-1} aria-label={words.ticket.label}>
              {ticketId === null ? <NoTicket /> : <Ticket key={ticketId} desk={desk} id={ticketId} />}
            </section>
          </main>
        )}
      </div>
      <Suspense>
        {over === "commands" && <CommandBar onClose={() => setOver(null)} onKeys={() => setOver("keys")} />}
        {over === "keys" && <KeySheet onClose={() => setOver(null)} />}
      </Suspense>
    </CommandContext>
  );
}

/** The admins' screen, where the address names it. */
function adminPart(route: string) {
  const [, part, id] = /^\/admin\/([\w-]+)(?:\/(\d{1,15}))?$/.exec(route) ?? [];
  return part === undefined ? null : <Admin part={part} id={id === undefined ? null : Number(id)} />;
}

function NoTicket() {
  return (
    <div className="empty">
      <Icon name="inbox" size={40} />
      <p>{words.ticket.none}</p>
      <p className="muted">{words.ticket.noneHint}</p>
    </div>
  );
}

const availabilities = ["online", "away", "offline"] as const;

function Rail({ route, onCommands, onKeys }: { route: string; onCommands: () => void; onKeys: () => void }) {
  const desk = useDesk();
  useObservable(desk);
  const { user, me } = desk;
  const availability = me?.availability ?? "offline";
  const initials = user.name
    .split(/\s+/)
    .map((part) => part[0])
    .join("")
    .slice(0, 2);
  const link = (path: string, name: string, icon: "inbox" | "chart" | "users", isHere: boolean) => (
    <a href={`#${path}`} title={name} aria-label={name} {...(isHere ? { "aria-current": "page" as const } : {})}>
      <Icon name={icon} size={20} />
    </a>
  );
  return (
    <nav className="rail" aria-label={words.nav.label}>
      {link("/", words.nav.inbox, "inbox", route === "/" || ticketOf(route) !== null)}
      {link("/supervisor", words.nav.supervisor, "chart", route === "/supervisor")}
      {user.role === "admin" && link("/admin/agents", words.nav.admin, "users", route.startsWith("/admin/"))}
      <span className="grow" />
      <Button kind="quiet" icon="search" label={words.nav.commands} shortcut="Ctrl K" onClick={onCommands} />
      <Button kind="quiet" icon="keys" label={words.nav.keys} shortcut="?" onClick={onKeys} />
      <DropMenu
        label={words.nav.account(initials, user.name)}
        className="me"
        trigger={
          <>
            <span className="initials">{initials}</span>
            {me && <span className={`dot ${availability}`} />}
          </>
        }
        entries={[
          ...(me
            ? availabilities.map((one) => ({
                id: one,
                label: words.availability[one],
                ...(one === availability ? { icon: "check" as const } : {}),
                run: () => void desk.calls.setAvailability(one).then(() => desk.loadAgents()),
              }))
            : []),
          { id: "theme", label: words.nav.theme, icon: "theme", isApart: true, run: toggleTheme },
          { id: "docs", label: words.nav.docs, icon: "docs", run: () => void window.open("/docs", "_blank") },
          ...(user.role === "admin"
            ? [
                {
                  id: "board",
                  label: words.nav.board,
                  icon: "chart" as const,
                  run: () => void window.open("/admin/queues/", "_blank"),
                },
              ]
            : []),
          {
            id: "out",
            label: words.nav.signOut,
            icon: "exit",
            isApart: true,
            run: () => void desk.options.session.signOut().then(() => go("/")),
          },
        ]}
      />
    </nav>
  );
}
