import { ListenError } from "../../../src/realtime/transport.js";

/** Calls `listen` with a random port below those of outgoing connections, again while the port is taken. */
export async function onRandomPort<T>(listen: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await listen(20_000 + Math.floor(Math.random() * 10_000));
    } catch (error) {
      if (!(error instanceof ListenError) || tries === 20) throw error;
    }
  }
}
