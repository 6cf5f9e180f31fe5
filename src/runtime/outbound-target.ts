import { lookup as systemLookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

/** A target that we do not call: what was asked for is wrong, and stays wrong however often it is tried. */
export class OutboundRefused extends Error {
  override readonly name = "OutboundRefused";
}

/** An address as it was looked up. */
export interface Address {
  address: string;
  family: number;
}

/** All addresses of a name. Rejects when it has none. */
export type Lookup = (name: string) => Promise<Address[]>;

/** Where a call goes: what was checked is what is connected to, for the name is not looked up again. */
export interface Target {
  url: URL;
  addresses: Address[];
  /** Named by OUTBOUND_ALLOW: may be private. */
  allowed: boolean;
}

const lookupAll: Lookup = (name) => systemLookup(name, { all: true });

/** Public by the tables that request-filtering-agent goes by, and yet not for us: IPv4-compatible, Azure's wire server. */
const notPublic = new BlockList();
notPublic.addSubnet("::", 96, "ipv6");
notPublic.addAddress("168.63.129.16", "ipv4");

/** Ports below 1024 that speak HTTP. */
const webPorts: ReadonlySet<number> = new Set([80, 443]);

/** What OUTBOUND_ALLOW names: hosts, hosts with a port, and networks. */
export class OutboundAllow {
  readonly #hosts = new Set<string>();
  readonly #networks = new BlockList();

  /** Throws a sentence for an entry that is none of them. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const network = /^(.*)\/(\d{1,3})$/.exec(entry);
      const [base = "", bits = ""] = network ? network.slice(1) : [];
      const family = isIP(network ? base : entry);
      if (network && (family === 0 || Number(bits) > (family === 4 ? 32 : 128))) {
        throw new Error(`OUTBOUND_ALLOW: ${entry} is no network`);
      }
      if (network) this.#networks.addSubnet(base, Number(bits), family === 4 ? "ipv4" : "ipv6");
      else if (family !== 0) this.#networks.addAddress(entry, family === 4 ? "ipv4" : "ipv6");
      else this.#hosts.add(entry.toLowerCase());
    }
  }

  host(name: string, port: number): boolean {
    const bracketed = isIP(name) === 6 ? `[${name}]` : name;
    return this.#hosts.has(name) || this.#hosts.has(`${bracketed}:${port}`);
  }

  address({ address, family }: Address): boolean {
    return this.#networks.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

/**
 * Finds where an address leads, and refuses what is not for us to call: another protocol than http and https, a user
 * name in the address, a port below 1024 that is not the web's. Whether what is found is private is seen when it is
 * connected to; `notPublic` is refused here. Throws OutboundRefused; rejects with the lookup's error.
 */
export async function findTarget(text: string, allow: OutboundAllow, lookup: Lookup = lookupAll): Promise<Target> {
  const { url, name, named } = inspect(text, allow);
  const family = isIP(name);
  const addresses = family === 0 ? await lookup(name) : [{ address: name, family }];
  if (addresses.length === 0) throw new OutboundRefused("The host has no address.");
  const allowed = named || addresses.every((address) => allow.address(address));
  for (const address of addresses) {
    const listed = notPublic.check(address.address, address.family === 6 ? "ipv6" : "ipv4");
    if (!allowed && listed) throw new OutboundRefused("The host is not a public one.");
  }
  return { url, addresses, allowed };
}

/**
 * Refuses what nobody needs to look up to know that it is not for us to call: all that `findTarget` refuses, and private
 * addresses and names that stand in the address itself. For whoever takes an address for later; what holds is the check
 * at each call. Throws OutboundRefused.
 */
export function checkOnItsFace(text: string, allow: OutboundAllow): void {
  const { name, named } = inspect(text, allow);
  if (named) return;
  const family = isIP(name);
  const local = family === 0 && (/(^|\.)(localhost|local|internal|localdomain)$/.test(name) || !name.includes("."));
  const address = { address: name, family };
  const kept = family !== 0 && !allow.address(address) && ownNetworks.check(name, family === 6 ? "ipv6" : "ipv4");
  if (local || kept) throw new OutboundRefused("The host is not a public one.");
}

/** Networks that are nobody's on the internet (RFC 6890, 4193, 4291). */
const ownNetworks = new BlockList();
for (const network of [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"],
  ...["::/96", "fc00::/7", "fe80::/10", "ff00::/8", "64:ff9b::/96"],
]) {
  const [base = "", bits] = network.split("/");
  ownNetworks.addSubnet(base, Number(bits), base.includes(":") ? "ipv6" : "ipv4");
}

/** What of an address is seen without a lookup. */
function inspect(text: string, allow: OutboundAllow): { url: URL; name: string; named: boolean } {
  const url = parse(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new OutboundRefused("Only http and https are called.");
  if (url.username !== "" || url.password !== "")
    throw new OutboundRefused("An address with a user name is not called.");
  const name = nameOf(url);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const named = allow.host(name, port);
  if (!named && port < 1024 && !webPorts.has(port)) throw new OutboundRefused(`Port ${port} is not called.`);
  return { url, name, named };
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new OutboundRefused("This is no address.");
  }
}

/** A URL's host as it is connected to: without brackets, without the dot that a full name may end with. */
function nameOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}
