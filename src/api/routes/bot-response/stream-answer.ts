import { isUnavailable } from "../../../db/transaction.js";
import { Refusal } from "../../../domain/errors.js";
import type { ApiContext } from "../../environment.js";
import { ownHeaders, problemOf } from "../../respond.js";

type Ask = (onPiece: (piece: string | null) => void) => Promise<unknown>;

const encoder = new TextEncoder();
const eventOf = (name: string, data: unknown) => encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);

/**
 * An answer as server-sent events, piece by piece. What is refused before the first piece is refused as ever: the stream
 * begins with the first thing there is to say. Who goes away gets no more; the answer is stored all the same.
 */
export async function streamAnswer(c: ApiContext, ask: Ask): Promise<Response> {
  const stream = new TransformStream<Uint8Array, Uint8Array>();
  const writer = stream.writable.getWriter();
  const send = (name: string, data: unknown) => void writer.write(eventOf(name, data)).catch(() => undefined);
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let hasBegun = false;
  const asked = ask((piece) => {
    hasBegun = true;
    begin();
    if (piece === null) send("reset", {});
    else send("piece", { text: piece });
  });
  const ended = asked.then(
    (body) => send("message", body),
    (error: unknown) => {
      if (!hasBegun) throw error;
      c.set("failure", error);
      send("error", problemIn(error));
    },
  );
  ended.catch(() => undefined);
  await Promise.race([begun, ended]);
  void ended.catch(() => undefined).then(() => writer.close().catch(() => undefined));
  const headers = { ...ownHeaders(c), "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" };
  return new Response(stream.readable, { headers });
}

/** As `answerError` would say it. */
function problemIn(error: unknown): unknown {
  if (error instanceof Refusal) return problemOf(error.code, error.message, error.facts);
  if (isUnavailable(error)) return problemOf("unavailable", "A part of the desk cannot be reached now, try again.");
  return problemOf("internal_error", "Something went wrong here; the request id leads to it in the log.");
}
