import autocannon from "autocannon";

/**
 * A load generator in a process of its own: `node load-process.js <url> <connections> <seconds> <token>` posts messages
 * as fast as they are answered and prints one line of JSON.
 */
const [url = "", connections = "64", seconds = "5", token = ""] = process.argv.slice(2);

const bodies = [
  "When will my loan be disbursed? I have been waiting since yesterday",
  "I was charged twice for the same transfer and nobody answers",
  "Thank you, it works now",
  "My phone was stolen, please block my account now!",
  "How do I change the number that my statements go to?",
];
const customers = 2000;
let sent = 0;

function body(): string {
  sent++;
  return JSON.stringify({
    user_id: `bench-${sent % customers}`,
    body: `${bodies[sent % bodies.length]} (${process.pid}-${sent})`,
  });
}

const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  requests: [
    {
      method: "POST",
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      setupRequest: (request: object) => ({ ...request, body: body() }),
    },
  ],
});
const answer = {
  perSecond: Math.round(result["2xx"] / result.duration),
  ok: result["2xx"],
  failed: result.non2xx + result.errors,
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
