import { isIP } from "node:net";

/**
 * The client's address as the nearest proxy saw it: the last one in X-Forwarded-For, for that is what the proxy itself
 * wrote there; what stands before it came with the request and may be made up. null when there is none. With several
 * proxies in a row, the outermost must hand on what it saw and the others leave the header as it is.
 */
export function forwardedAddress(header: string | undefined): string | null {
  if (header === undefined) return null;
  const last = header.slice(header.lastIndexOf(",") + 1).trim();
  // Some proxies add the port.
  const bare = /^\[(.*)\](?::\d+)?$/.exec(last)?.[1] ?? /^([\d.]+):\d+$/.exec(last)?.[1] ?? last;
  return isIP(bare) === 0 ? null : bare;
}
