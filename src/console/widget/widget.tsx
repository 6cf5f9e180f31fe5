import { type KeyboardEvent, useEffect, useRef } from "react";
import { Icon } from "../parts/icon.js";
import { useObservable } from "../parts/use-observable.js";
import { words } from "../words/en-widget.js";
import { isComposing } from "./is-composing.js";
import { Panel } from "./panel.js";
import type { WidgetSettings } from "./settings.js";
import type { WidgetDesk } from "./widget-desk.js";

export interface WidgetProps {
  desk: WidgetDesk;
  settings: WidgetSettings;
}

/** The button in the page's corner, and the talk that it opens. */
export function Widget({ desk, settings }: WidgetProps) {
  useObservable(desk);
  const launcher = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(false);
  const { isOpen, unread } = desk;
  useEffect(() => {
    if (wasOpen.current && !isOpen) launcher.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  const last = desk.talk?.conversation.messages.at(-1);
  const news = !isOpen && unread > 0 ? words.newMessage(last?.sender?.name ?? settings.botName) : "";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that are pressed in here are none of the page's shortcuts
    <div
      className={`widget ${settings.position} ${settings.theme} ${isOpen ? "is-open" : ""}`}
      lang="en"
      onKeyDown={(event) => keepKey(event, desk)}
      onKeyUp={(event) => event.stopPropagation()}
      onKeyPress={(event) => event.stopPropagation()}
    >
      {isOpen && <Panel desk={desk} settings={settings} />}
      <button
        ref={launcher}
        type="button"
        className="launcher"
        aria-expanded={isOpen}
        aria-label={isOpen ? words.close : unread > 0 ? words.openUnread(unread) : words.open}
        title={settings.botName}
        onClick={() => (isOpen ? desk.close() : desk.open())}
      >
        <Icon name={isOpen ? "close" : "chat"} size={26} />
        {!isOpen && unread > 0 && (
          <span className="badge" aria-hidden="true">
            {unread > 9 ? "9+" : unread}
          </span>
        )}
      </button>
      <p className="visually-hidden" role="status">
        {news}
      </p>
    </div>
  );
}

function keepKey(event: KeyboardEvent, desk: WidgetDesk): void {
  event.stopPropagation();
  if (event.key !== "Escape" || !desk.isOpen || isComposing(event)) return;
  event.preventDefault();
  desk.close();
}
