import { pause } from "../../src/runtime/deadline.js";
import type { HttpClient } from "../http-client.js";

/** As many as a desk of that size has in a day: few write twice within seconds, and none is in everybody's way. */
const customers = 2000;

/** Posts `count` messages at an even pace, whether or not the ones before are answered; how many were stored. */
export async function postPaced(
  client: Pick<HttpClient, "call">,
  { count, perSecond }: { count: number; perSecond: number },
): Promise<number> {
  const began = performance.now();
  let stored = 0;
  const answers: Promise<void>[] = [];
  for (let index = 0; index < count; index++) {
    await pause(Math.max(0, began + (index * 1000) / perSecond - performance.now()));
    const body = { user_id: `paced-${index % customers}`, body: `Paced message ${index}` };
    const answer = client.call({ method: "POST", path: "/api/messages/", body });
    answers.push(answer.then(({ status }) => void (status === 201 && stored++)));
  }
  await Promise.all(answers);
  return stored;
}
