import { describe, expect, it } from "vitest";
import { forwardedAddress } from "../../../src/runtime/forwarded-address.js";
import { networkOf } from "../../../src/runtime/network-of.js";

describe("networkOf", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["::FFFF:cb00:7109", "203.0.113.9"],
    ["0000:0000:0000:0000:0000:ffff:cb00:7109", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::5", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["0000:0000:0000:0000:0000:0000:0000:0001", "0:0:0:0::/64"],
    ["1:2:3:4:5:6:7", "1:2:3:4:5:6:7"],
    ["1::2::3", "1::2::3"],
    ["not:an:address::at:all", "not:an:address::at:all"],
    ["", ""],
  ])("%s counts as %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe("forwardedAddress", () => {
  it.each([
    [undefined, null],
    ["203.0.113.9", "203.0.113.9"],
    ["10.0.0.1, 203.0.113.9", "203.0.113.9"],
    ["1.1.1.1,  2001:db8::1 ", "2001:db8::1"],
    ["203.0.113.9:4711", "203.0.113.9"],
    ["[2001:db8::1]:4711", "2001:db8::1"],
    ["203.0.113.9, unknown", null],
    ["203.0.113.9,", null],
    ["", null],
  ])("takes of %s the hop that the proxy wrote: %s", (header, address) => {
    expect(forwardedAddress(header)).toBe(address);
  });
});
