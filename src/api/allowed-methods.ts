import type { Endpoint } from "./endpoint.js";

/** Finds the methods that a path has, for the 405 of one that it has not; empty for a path that is not there. */
export function createAllowedMethods(endpoints: readonly Endpoint[]): (path: string) => string[] {
  const patterns = new Map<string, { matches: RegExp; methods: Set<string> }>();
  for (const { path, method } of endpoints) {
    const source = `^${bareOf(path).replace(/\{\w+\}/g, "[^/]+")}$`;
    const known = patterns.get(source) ?? { matches: new RegExp(source), methods: new Set() };
    known.methods.add(method.toUpperCase());
    if (method === "get") known.methods.add("HEAD");
    patterns.set(source, known);
  }
  return (path) => {
    const methods = [...patterns.values()]
      .filter(({ matches }) => matches.test(path))
      .flatMap((one) => [...one.methods]);
    return [...new Set(methods)].sort();
  };
}

/** A path without the slash at its end, which is optional; the router has taken it off by then. */
function bareOf(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, "") : path;
}
