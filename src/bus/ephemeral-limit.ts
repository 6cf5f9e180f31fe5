import type { EphemeralFrame } from "./bus.js";

/** Bytes of JSON that an ephemeral frame may have: what fits a Postgres notice (8,000) with room for its envelope. */
export const ephemeralMaxBytes = 7000;

/** The frame as JSON; throws a RangeError when it is too large, the same for every driver. */
export function encodeEphemeral(frame: EphemeralFrame): string {
  const text = JSON.stringify(frame);
  const bytes = Buffer.byteLength(text);
  if (bytes > ephemeralMaxBytes) {
    throw new RangeError(`an ephemeral frame has at most ${ephemeralMaxBytes} bytes, this one ${bytes}`);
  }
  return text;
}
