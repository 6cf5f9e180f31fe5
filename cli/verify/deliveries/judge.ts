import type { ReceivedCall } from "./receiver.js";

/** What a receiver was sent, beside what the log says that it should have been. */
export interface Verdict {
  /** Events that it never took. */
  missing: number;
  /** Events that came under several ids, and ids that several events shared. */
  otherIds: number;
  /** Taken after a later one of its conversation, or before an earlier one, and not said. */
  orderUnsaid: number;
  /** Signatures that are wrong. */
  unsigned: number;
  /** Events that no log has. */
  strange: number;
  /** Taken more than once: allowed, told. */
  doubles: number;
  /** Taken out of order, and said. */
  orderSaid: number;
  calls: number;
  examples: string[];
}

/** Judges the calls of one receiver, in the order in which they came, by the events of the log. */
export function judge(calls: readonly ReceivedCall[], events: readonly { seq: number; stream: string }[]): Verdict {
  const verdict: Verdict = {
    ...{ missing: 0, otherIds: 0, orderUnsaid: 0, unsigned: 0, strange: 0, doubles: 0, orderSaid: 0 },
    calls: calls.length,
    examples: [],
  };
  const streams = new Map<string, number[]>();
  for (const { seq, stream } of events) streams.set(stream, [...(streams.get(stream) ?? []), seq]);
  const known = new Set(events.map(({ seq }) => seq));
  const ids = new Map<number, string>();
  const owners = new Map<string, number>();
  const taken = new Set<number>();
  const answers = new Map<number, number[]>();
  const fault = (field: "otherIds" | "orderUnsaid" | "unsigned" | "strange" | "missing", words: string) => {
    verdict[field]++;
    if (verdict.examples.length < 10) verdict.examples.push(words);
  };
  for (const call of calls) {
    if (!known.has(call.seq)) {
      fault("strange", `event ${call.seq} of ${call.stream} is not in the log`);
      continue;
    }
    if (!call.signed) fault("unsigned", `event ${call.seq} came with a wrong signature`);
    const [id, owner] = [ids.get(call.seq) ?? call.id, owners.get(call.id) ?? call.seq];
    if (id !== call.id || owner !== call.seq)
      fault("otherIds", `event ${call.seq} came as ${call.id}, before as ${id}`);
    ids.set(call.seq, id);
    answers.set(call.seq, [...(answers.get(call.seq) ?? []), call.status]);
    owners.set(call.id, owner);
    if (call.status !== 204) continue;
    if (taken.has(call.seq)) verdict.doubles++;
    else if (isOutOfOrder(call, streams.get(call.stream) ?? [], taken)) {
      if (call.outOfOrder) verdict.orderSaid++;
      else fault("orderUnsaid", `event ${call.seq} of ${call.stream} came out of order and did not say so`);
    }
    taken.add(call.seq);
  }
  for (const { seq, stream } of events) {
    if (taken.has(seq)) continue;
    const answered = answers.get(seq)?.join(" ") ?? "nothing came";
    fault("missing", `event ${seq} of ${stream} was never taken; answered: ${answered}`);
  }
  return verdict;
}

/** Whether an earlier one of the stream is still to come, or a later one was there before. */
function isOutOfOrder({ seq }: ReceivedCall, stream: readonly number[], taken: ReadonlySet<number>): boolean {
  return stream.some((other) => (other < seq ? !taken.has(other) : other > seq && taken.has(other)));
}
