import { forwardedAddress } from "../../runtime/forwarded-address.js";
import { networkOf } from "../../runtime/network-of.js";
import { type ApiContext, headerOf } from "../environment.js";

/**
 * Where a request came from, as calls are counted by it: the socket's other end; with TRUST_PROXY what the proxy wrote
 * last into X-Forwarded-For. An IPv6 address counts as its /64.
 */
export function clientAddress(c: ApiContext, trustProxy: boolean): string {
  const forwarded = trustProxy ? forwardedAddress(headerOf(c, "x-forwarded-for")) : null;
  return networkOf(forwarded ?? c.env?.incoming?.socket.remoteAddress ?? "");
}
