import { pause } from "../../src/runtime/deadline.js";
import type { HttpClient } from "../http-client.js";

/** As many as a desk of that size has in a day: few write twice within seconds, and none is in everybody's way. */
const customers = 2000;

/** Starts `act` `count` times at an even pace, whether or not the ones before have ended; resolves when all have. */
export async function paced(
  act: (index: number) => Promise<void>,
  { count, perSecond }: { count: number; perSecond: number },
): Promise<void> {
  const began = performance.now();
  const acts: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    await pause(Math.max(0, began + (index * 1000) / perSecond - performance.now()));
    acts.push(act(index));
  }
  await Promise.all(acts);
}

/** Posts `count` messages at an even pace; how many were stored. */
export async function postPaced(
  client: Pick<HttpClient, "call">,
  pace: { count: number; perSecond: number },
): Promise<number> {
  let stored = 0;
  await paced(async (index) => {
    const body = { user_id: `paced-${index % customers}`, body: `Paced message ${index}` };
    const { status } = await client.call({ method: "POST", path: "/api/messages/", body });
    if (status === 201) stored++;
  }, pace);
  return stored;
}
