/**
 * The network that an address stands for when calls are counted by it: an IPv4 address itself, also where it is written as
 * IPv6 (`::ffff:1.2.3.4`), and of IPv6 the first 64 bits, for whoever has one address there has all of them. What is no
 * address stands for itself.
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const groups = groupsOf(address);
  if (!groups) return address;
  const [a, b, c, d, e, f, g = 0, h = 0] = groups;
  const mapped = !a && !b && !c && !d && !e && f === 0xffff;
  if (mapped) return `${g >> 8}.${g & 255}.${h >> 8}.${h & 255}`;
  return `${[a, b, c, d].map((group) => (group ?? 0).toString(16)).join(":")}::/64`;
}

/** The eight groups of an IPv6 address, however it is written; null when it is none. */
function groupsOf(address: string): number[] | null {
  const text = address.replace(/%.*$/, "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [one, two, three, four] = bytes.slice(0, 4).map(Number) as [number, number, number, number];
    return `${((one << 8) | two).toString(16)}:${((three << 8) | four).toString(16)}`;
  });
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return null;
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...front, ...Array<string>(Math.max(0, missing)).fill("0"), ...back];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}
