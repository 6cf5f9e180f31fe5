/** uWebSockets.js and nothing else: every socket on one topic. Resolves with its port; rejects where it does not load. */
export async function openBareUws(
  port: number,
  maxBackpressure: number,
): Promise<{ publish: (text: string) => void; port: number }> {
  const uws = await import("uWebSockets.js");
  const app = uws.App();
  app.ws("/*", {
    maxBackpressure,
    closeOnBackpressureLimit: true,
    idleTimeout: 60,
    sendPingsAutomatically: true,
    open: (socket) => void socket.subscribe("t"),
  });
  await new Promise<void>((resolve, reject) => {
    app.listen("127.0.0.1", port, (listening) => (listening ? resolve() : reject(new Error("the port is taken"))));
  });
  return { port, publish: (text) => void app.publish("t", text) };
}
