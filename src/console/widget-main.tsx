import { createRoot } from "react-dom/client";
import type { SocketConstructor } from "./live/socket-like.js";
import { onComeBack } from "./parts/on-come-back.js";
import { Entrance } from "./widget/entrance.js";
import { openShadow } from "./widget/open-shadow.js";
import { PageHook } from "./widget/page-hook.js";
import { pageStorage } from "./widget/page-storage.js";
import { type PageSettings, settingsOf } from "./widget/settings.js";
import { whyRefused } from "./widget/why-refused.js";
import { Widget } from "./widget/widget.js";
import { WidgetDesk } from "./widget/widget-desk.js";
import { words } from "./words/en-widget.js";

const onPage = window as unknown as { Switchboard?: PageSettings } & Record<string, unknown>;

// biome-ignore lint/suspicious/noConsole: whoever puts the script on a page reads there what is wrong with it
const warn = (text: string) => console.warn(text);

/** What a dotted name stands for on this page. */
function globalOf(name: string | undefined): unknown {
  if (!name) return undefined;
  return name.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], window);
}

function start(tag: HTMLScriptElement): void {
  onPage.Switchboard ??= {};
  const page = onPage.Switchboard;
  if ("conversationId" in page) {
    warn(words.console.twice);
    return;
  }
  const settings = settingsOf(tag, page, warn);
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16)).join("-");
  const fetcher = window.fetch.bind(window);
  const entrance = new Entrance({
    settings,
    fetch: fetcher,
    socket: WebSocket as unknown as SocketConstructor,
    storage: pageStorage(() => localStorage),
    newKey,
    alone: async (run) =>
      navigator.locks ? await navigator.locks.request(`switchboard.widget.${settings.base}`, run) : run(),
  });
  const desk = new WidgetDesk({
    entrance,
    newKey,
    onConversation: (id) => hook.tell(id),
    onRefused: (isLive) => {
      if (isLive) return warn(words.console.noSocket(location.origin, settings.base));
      void whyRefused(settings.base, location.origin, fetcher).then((why) => why !== null && warn(why));
    },
  });
  const hook = new PageHook({
    page,
    named: () => globalOf(tag.dataset.onConversationChange),
    open: () => desk.open(),
    close: () => desk.close(),
    report: (error) =>
      setTimeout(() => {
        throw error;
      }),
  });
  onComeBack(() => desk.reconnectNow());
  createRoot(openShadow()).render(<Widget desk={desk} settings={settings} />);
  desk.start();
}

// A tag that was loaded in a way that hides it from its own script is found by what it loads.
const tag = document.currentScript ?? document.querySelector('script[src*="/widget.js"]');
if (tag instanceof HTMLScriptElement) {
  if (document.body) start(tag);
  else document.addEventListener("DOMContentLoaded", () => start(tag), { once: true });
}
