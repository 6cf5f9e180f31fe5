import { words } from "../words/en-widget.js";

/**
 * Why no call of this page is answered, in a sentence for its console: a browser tells a script no more than that it failed.
 * The script itself may be loaded by any site; if the desk answers that and nothing else, it does not know the site.
 * null: the desk does not answer at all.
 */
export async function whyRefused(base: string, origin: string, fetcher: typeof fetch): Promise<string | null> {
  try {
    await fetcher(`${base}/widget.js`, { mode: "no-cors", cache: "no-store" });
  } catch {
    return null;
  }
  return words.console.refused(origin, base);
}
