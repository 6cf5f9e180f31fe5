/** A Host header's name, in lower case, and its port. */
interface HostName {
  name: string;
  port: string;
}

const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);
const pattern = /^(\[[0-9a-f:.]+\]|[^\s:[\]/?#@\\]+)(?::(\d*))?$/i;
const defaultPorts: ReadonlySet<string> = new Set(["80", "443"]);

/** A full name may end with a dot. */
const withoutDot = (name: string) => name.replace(/\.$/, "");

function parse(host: string): HostName | null {
  const found = pattern.exec(host);
  if (!found) return null;
  return { name: (found[1] ?? "").toLowerCase(), port: found[2] ?? "" };
}

/** Whether a Host header names this machine by a name that nobody else can point anywhere. */
export function isLoopbackHost(host: string): boolean {
  const parsed = parse(host);
  return parsed !== null && loopbackNames.has(parsed.name);
}

/**
 * Whether a Host header is on the list (ALLOWED_HOSTS). An entry is a name, or a name and a port, and then it means that
 * port alone; an IPv6 address with or without brackets. Case and a dot at the end make no difference.
 */
export function isListedHost(host: string, list: readonly string[]): boolean {
  const given = parse(host);
  if (!given) return false;
  return list.some((item) => {
    const entry = parse(item.split(":").length > 2 && !item.startsWith("[") ? `[${item}]` : item);
    if (!entry || withoutDot(entry.name) !== withoutDot(given.name)) return false;
    return entry.port === "" || entry.port === given.port || (given.port === "" && defaultPorts.has(entry.port));
  });
}
