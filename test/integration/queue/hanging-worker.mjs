// Takes one job of stage `score` and never ends it. Started by the stalled-job test, which kills it with SIGKILL.
import { PostgresStore } from "../../../dist/src/queue/postgres-store.js";
import { RedisStore } from "../../../dist/src/queue/redis-store.js";
import { stageSettings } from "../../../dist/src/queue/stages.js";

const { address, limits } = JSON.parse(process.argv[2] ?? "{}");
const options = { name: "switchboard-hanging", onError: () => undefined, url: address.url };
const store =
  address.driver === "redis"
    ? new RedisStore({ ...options, prefix: address.prefix })
    : new PostgresStore({ ...options, workers: 1 });
await store.work("score", stageSettings("score", limits), async (job) => {
  process.send?.({ took: job.data.subject_ids });
  await new Promise(() => undefined);
  return null;
});
