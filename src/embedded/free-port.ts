import { createServer } from "node:net";
import { StartError, systemCode } from "./start-error.js";

/** Ports from here on are given to outgoing connections: a server there meets its own clients. */
const firstEphemeralPort = 32768;

/** null when this process may listen there; else why not (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` …). */
export function portProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => resolve(systemCode(error) || error.message));
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(null)));
  });
}

/** The preferred port if it is free, else the first free one from `from` up, below 32768. */
export async function freePort(preferred: number | null, from: number, host = "127.0.0.1"): Promise<number> {
  if (preferred !== null && (await portProblem(host, preferred)) === null) return preferred;
  for (let port = from; port < Math.min(from + 1000, firstEphemeralPort); port++) {
    if ((await portProblem(host, port)) === null) return port;
  }
  throw new StartError(`no free port between ${from} and ${Math.min(from + 1000, firstEphemeralPort) - 1} on ${host}`);
}
