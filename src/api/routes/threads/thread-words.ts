import { Refusal } from "../../../domain/errors.js";

/** Here a conversation is called a thread: the same 404 in this noun's words. */
export async function inThreadWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal && error.code === "conversation_not_found") {
      throw new Refusal("thread_not_found", "There is no such thread.");
    }
    throw error;
  }
}
