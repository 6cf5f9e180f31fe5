import { words } from "../words/en-widget.js";

export const positions = ["bottom-right", "bottom-left", "top-right", "top-left"] as const;
export type Position = (typeof positions)[number];
export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** A token of the page's own customer, or what gives one. */
export type PageToken = string | (() => string | Promise<string>);

/** What a page may set on `window.Switchboard` before the script, beside or in place of the tag's attributes. */
export interface PageSettings {
  botName?: string;
  position?: Position;
  theme?: Theme;
  /** What a guest is called. */
  customerName?: string;
  token?: PageToken;
  onConversationChange?: (id: number | null) => void;
}

export interface WidgetSettings {
  /** The desk, `https://host[:port]`. */
  base: string;
  botName: string;
  position: Position;
  theme: Theme;
  customerName: string | undefined;
  token: PageToken | undefined;
}

/** What the script's tag says of itself. */
export interface ScriptTag {
  src: string;
  dataset: Readonly<Record<string, string | undefined>>;
}

/**
 * The settings of a page: `data-` attributes of the script's tag first, then the page's own object. What is none of the
 * known values is left as by default, and `warn` says so.
 */
export function settingsOf(tag: ScriptTag, page: PageSettings, warn: (text: string) => void): WidgetSettings {
  const { dataset } = tag;
  const oneOf = <T extends string>(name: string, given: unknown, known: readonly T[]): T | undefined => {
    if (given === undefined || given === "") return undefined;
    if (known.includes(given as T)) return given as T;
    warn(words.console.unknownValue(name, String(given), known.join(", ")));
    return undefined;
  };
  const text = (given: unknown): string | undefined => {
    const said = typeof given === "string" ? given.trim() : "";
    return said === "" ? undefined : said.slice(0, 100);
  };
  return {
    base: new URL(dataset.desk ?? "", tag.src).origin,
    botName: text(dataset.botName) ?? text(page.botName) ?? words.botName,
    position: oneOf("data-position", dataset.position ?? page.position, positions) ?? "bottom-right",
    theme: oneOf("data-theme", dataset.theme ?? page.theme, themes) ?? "auto",
    customerName: text(dataset.customerName) ?? text(page.customerName),
    token: dataset.token ?? page.token,
  };
}
