import { type ApiContext, headerOf } from "../environment.js";

/** What every answer says to a browser, whatever it holds. */
const everywhere = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
} as const;

/** For what is no page: a browser that is led to it loads nothing, runs nothing and shows it in no frame. */
export const dataHeaders: Readonly<Record<string, string>> = {
  ...everywhere,
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** For a page of ours: it loads from here alone, and is in nobody's frame. `more` loosens what the page needs. */
export function pageHeaders(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const policy = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    ...more,
  };
  const text = Object.entries(policy).map(([what, from]) => `${what} ${from}`);
  return { ...everywhere, "content-security-policy": text.join("; ") };
}

/** A year, for this host alone: what else lives below its name is not ours to decide. */
const strictTransport = { "strict-transport-security": "max-age=31536000" } as const;
const nothing = {};

/** Strict-Transport-Security where the proxy that is trusted says that the client came by TLS; else nothing. */
export function transportHeaders(c: ApiContext): Readonly<Record<string, string>> {
  return c.get("tls") ? strictTransport : nothing;
}

/** Whether the client came by TLS, as the nearest proxy says. */
export function cameByTls(c: ApiContext): boolean {
  const proto = headerOf(c, "x-forwarded-proto");
  return (
    proto !== undefined &&
    proto
      .slice(proto.lastIndexOf(",") + 1)
      .trim()
      .toLowerCase() === "https"
  );
}
