import { pause } from "../../src/runtime/deadline.js";

/** Posts `count` messages at an even pace, whether or not the ones before are answered; how many were stored. */
export async function postPaced(
  api: string,
  { count, perSecond }: { count: number; perSecond: number },
): Promise<number> {
  const began = performance.now();
  const answers: Promise<Response>[] = [];
  for (let index = 0; index < count; index++) {
    await pause(Math.max(0, began + (index * 1000) / perSecond - performance.now()));
    answers.push(
      fetch(`${api}/api/messages/`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user_id: `paced-${index % 50}`, body: `Paced message ${index}` }),
      }),
    );
  }
  const done = await Promise.all(answers);
  return done.filter((answer) => answer.status === 201).length;
}
