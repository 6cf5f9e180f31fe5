import { Agent, request } from "node:http";

/** Customers that write over kept connections, each its next message as soon as the last one is answered. */
export interface KeepAliveLoad {
  /** Ids that were answered 201. */
  readonly acked: number[];
  /** What else came of requests, by kind; `fresh` and `kept` tell on which sort of connection an error came. */
  readonly failed: Record<string, number>;
  /** Ends it; resolves when the last request is settled. */
  stop(): Promise<void>;
}

/** Starts it with that many connections. After a failure a lane waits for the port to take a connection again. */
export function startKeepAliveLoad(api: string, connections: number): KeepAliveLoad {
  const { hostname, port } = new URL(api);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const acked: number[] = [];
  const failed: Record<string, number> = {};
  let going = true;
  const count = (what: string) => {
    failed[what] = (failed[what] ?? 0) + 1;
  };
  const write = (body: string): Promise<boolean> =>
    new Promise((resolve) => {
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
      const sent = request({ hostname, port, agent, method: "POST", path: "/api/messages/", headers }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        answer.on("error", () => resolve(false));
        answer.on("end", () => {
          if (answer.statusCode === 201) acked.push((JSON.parse(text) as { id: number }).id);
          else count(String(answer.statusCode));
          resolve(answer.statusCode === 201);
        });
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        count(`${error.code} ${sent.reusedSocket ? "kept" : "fresh"}`);
        resolve(false);
      });
      sent.end(body);
    });
  const lane = async (name: string) => {
    for (let n = 0; going; n++) {
      const ok = await write(JSON.stringify({ user_id: name, body: `message ${n} of ${name}: where is my loan?` }));
      if (!ok) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const lanes = Promise.all(Array.from({ length: connections }, (_, index) => lane(`lane ${index}`)));
  return {
    acked,
    failed,
    stop: async () => {
      going = false;
      await lanes;
      agent.destroy();
    },
  };
}
