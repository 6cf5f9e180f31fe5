import { get } from "node:http";
import { pause } from "../runtime/deadline.js";
import { StartError } from "./start-error.js";

/** A page that answers 200 when its server is ready. */
export interface ReadyPage {
  name: string;
  url: string;
  /** The `Host` to name, where the server accepts certain ones only. */
  host?: string;
}

/** Asks until the page answers 200. Throws StartError with the last answer after `timeoutMs`; returns early on abort. */
export async function untilServing(page: ReadyPage, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask(page);
    if (answer === "200" || signal.aborted) return;
    if (Date.now() > end) {
      throw new StartError(
        `${page.name} did not serve ${page.url} within ${timeoutMs / 1000} s (last answer: ${answer})`,
      );
    }
    await pause(50, signal);
  }
}

function ask({ url, host }: ReadyPage): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 5_000, ...(host ? { headers: { host } } : {}) }, (response) => {
      response.resume().on("close", () => resolve(String(response.statusCode)));
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 5 s")));
    request.on("error", (error) => resolve(error.message || "no connection"));
  });
}
