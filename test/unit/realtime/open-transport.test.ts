import { pino } from "pino";
import { afterEach, describe, expect, it, vi } from "vitest";
import { transportOpener } from "../../../src/realtime/open-transport.js";

const handlers = {
  upgrade: () => Promise.reject(new Error("never")),
  open: () => undefined,
  message: () => undefined,
  drain: () => undefined,
  close: () => undefined,
  health: () => ({}),
};
const options = { maxBufferBytes: 1, maxPayloadBytes: 1, idleTimeoutS: 60 };

describe("transport opener", () => {
  afterEach(() => {
    vi.doUnmock("uWebSockets.js");
  });

  it("takes ws where uWebSockets.js has no binary, and says so", async () => {
    vi.doMock("uWebSockets.js", () => {
      throw new Error("This version of uWS.js supports only Node.js 18, 20, 21 and 22");
    });
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    const transport = await transportOpener(logger)(handlers, options);
    expect(transport.driver).toBe("ws");
    await transport.close();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("uWebSockets.js does not load here");
  });
});
