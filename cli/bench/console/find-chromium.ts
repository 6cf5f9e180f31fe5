import { existsSync } from "node:fs";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where this machine's Chromium is; undefined: it has none. */
export function findChromium(): string | undefined {
  return places.find((path) => existsSync(path));
}
