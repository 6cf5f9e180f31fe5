// Leads the sequencer until it is killed. Started by the silent-leader test, which stops it with SIGSTOP. It tells the
// parent whenever it wins or loses the lead, and what it publishes.
import { pino } from "pino";
import { Sequencer } from "../../../dist/src/queue/sequencer.js";

const { databaseUrl } = JSON.parse(process.argv[2] ?? "{}");
const nothing = async () => undefined;
const bus = {
  driver: "redis",
  publishEvents: async (events) => void process.send?.({ published: events.map((event) => event.seq) }),
  publishHead: nothing,
  wake: () => undefined,
  publishEphemeral: nothing,
  publishControl: nothing,
  subscribe: async () => nothing,
  ping: nothing,
  close: nothing,
};
const sequencer = new Sequencer({
  databaseUrl,
  bus,
  producer: { enqueue: nothing, close: nothing },
  logger: pino({ level: "silent" }),
  name: "silent",
  onLeader: (leads) => process.send?.({ leads }),
});
process.on("disconnect", () => process.exit(0));
await sequencer.start();
