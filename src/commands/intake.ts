import { randomUUID } from "node:crypto";
import type { PoolClient } from "pg";
import type { MessageView } from "../contract/http/messages.js";
import type { Database } from "../db/database.js";
import { claimFreeKeys, type KeyClaim, keepAnswers } from "../db/queries/idempotency.js";
import { type NewMessage, type StoredMessage, storeMessages } from "../db/queries/store-messages.js";
import { inClientTransaction, isUnavailable, sqlState } from "../db/transaction.js";
import { Refusal } from "../domain/errors.js";
import { generalQueue } from "../domain/routing.js";
import { invariant } from "../runtime/invariant.js";
import type { Service } from "../runtime/lifecycle.js";
import type { CommandLimits } from "./context.js";
import { Gathering } from "./gathering.js";
import type { OnFlush } from "./meter-flushes.js";

export interface IntakeOptions {
  db: Database;
  limits: Pick<CommandLimits, "AGEING_HORIZON_HOURS">;
  /** Called after each commit: a hint to the sequencer. */
  wake: () => void;
  /** Messages of one flush at most. */
  flushRows: number;
  /** Flushes under way at once. */
  flushes: number;
  /** Messages that may wait; more are refused with `overloaded`. */
  queueMax: number;
  /** Told of each flush. */
  onFlush?: OnFlush;
}

/** The key of a gathered message is taken: by a call that is under way, or by an answer that is kept. */
export class KeyTaken extends Error {
  override readonly name = "KeyTaken";
}

interface Waiting {
  message: NewMessage;
  claim: KeyClaim | null;
  resolve: (view: MessageView) => void;
  reject: (error: unknown) => void;
}

const resendPauseMs = 150;

/**
 * The way of a customer's new message to disk. Concurrent messages share transactions: while one flush is at the
 * database, the next ones gather; a flush starts as soon as the one before it ends, and nobody waits for a timer. No
 * promise resolves before its row is on disk (DESIGN.md 4.2).
 */
export class Intake implements Service {
  readonly name = "intake";
  readonly #options: IntakeOptions;
  readonly #gathering: Gathering<Waiting>;

  constructor(options: IntakeOptions) {
    this.#options = options;
    const { flushRows, flushes, queueMax } = options;
    this.#gathering = new Gathering({
      flushRows,
      flushes,
      queueMax,
      bytesOf: ({ message }) => message.body.length * 2,
      flush: (batch) => this.#flush(batch),
    });
  }

  async start(): Promise<void> {
    this.#gathering.open();
  }

  /** Stores what is waiting, takes nothing more. */
  stop(): Promise<void> {
    return this.#gathering.close();
  }

  /** Messages that wait for a flush. */
  get waiting(): number {
    return this.#gathering.waiting;
  }

  /**
   * Stores a message that opens a ticket and answers with the ticket as it then stands.
   * Throws Refusal `overloaded` or `unavailable` (nothing is promised then), or `invalid_body` for a text that the
   * database refuses. With the claim of an Idempotency-Key the answer is kept in the same transaction; a key that is
   * taken holds nobody up: its message is left out, and the call throws KeyTaken.
   */
  receive(input: Omit<NewMessage, "intakeId">, claim: KeyClaim | null = null): Promise<MessageView> {
    return new Promise((resolve, reject) => {
      this.#gathering.add({ message: { ...input, intakeId: randomUUID() }, claim, resolve, reject });
    });
  }

  /** Stores a batch; what the data itself makes impossible is halved until the bad message fails alone. */
  async #flush(batch: Waiting[]): Promise<void> {
    const startedAt = performance.now();
    const told = (error: unknown) =>
      this.#options.onFlush?.(batch.length, (performance.now() - startedAt) / 1000, error);
    try {
      const { free, stored } = await this.#storeWithResend(batch);
      told(null);
      this.#options.wake();
      for (const waiting of batch) {
        const row = stored.get(waiting.message.intakeId);
        if (row) waiting.resolve(viewOf(waiting.message, row));
        else waiting.reject(free.has(waiting) ? new Error("a stored message was not found again") : new KeyTaken());
      }
    } catch (error) {
      told(error);
      if (!/^2[23]/.test(sqlState(error) ?? "")) {
        for (const waiting of batch) waiting.reject(error);
      } else if (batch.length === 1) {
        batch[0]?.reject(new Refusal("invalid_body", "The message cannot be stored as it is."));
      } else {
        const half = Math.ceil(batch.length / 2);
        await this.#flush(batch.slice(0, half));
        await this.#flush(batch.slice(half));
      }
    }
  }

  /** After a lost connection or an unknown commit the whole flush is sent once more; the intake ids keep it single. */
  async #storeWithResend(batch: Waiting[]): Promise<Flushed> {
    try {
      return await this.#store(batch);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      if (inVain.has(sqlState(error) ?? "")) throw notNow(error);
    }
    await new Promise((resolve) => setTimeout(resolve, resendPauseMs));
    try {
      return await this.#store(batch);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      throw notNow(error);
    }
  }

  #store(batch: Waiting[]): Promise<Flushed> {
    const { db, limits } = this.#options;
    return inClientTransaction(db, async (client) => {
      const free = await withFreeKeys(client, batch);
      const messages = batch.filter((waiting) => free.has(waiting)).map((waiting) => waiting.message);
      if (messages.length === 0) return { free, stored: new Map() };
      const stored = await storeMessages(client, messages, limits.AGEING_HORIZON_HOURS);
      await keepAnswers(client, answersOf(free, stored));
      return { free, stored };
    });
  }
}

/** What tells that nothing was stored, and would tell the same again: it took too long, the disk is full. */
const inVain = new Set(["57014", "53100"]);

/** The cause is for the log and for `/readyz`. */
function notNow(cause: unknown): Refusal {
  return Object.assign(new Refusal("unavailable", "The desk cannot store messages now, try again."), { cause });
}

/** What became of a batch: those whose key was free (or who had none), and what was stored, by intake id. */
interface Flushed {
  free: ReadonlySet<Waiting>;
  stored: ReadonlyMap<string, StoredMessage>;
}

async function withFreeKeys(client: PoolClient, batch: Waiting[]): Promise<Set<Waiting>> {
  const keyed = batch.flatMap((waiting) => (waiting.claim ? [{ waiting, claim: waiting.claim }] : []));
  if (keyed.length === 0) return new Set(batch);
  const places = await claimFreeKeys(
    client,
    keyed.map(({ claim }) => claim),
  );
  const taken = new Set(keyed.filter((_, place) => !places.has(place)).map(({ waiting }) => waiting));
  return new Set(batch.filter((waiting) => !taken.has(waiting)));
}

function answersOf(free: ReadonlySet<Waiting>, stored: ReadonlyMap<string, StoredMessage>) {
  return [...free].flatMap(({ claim, message }) => {
    const row = stored.get(message.intakeId);
    if (!claim || !row) return [];
    const body = JSON.stringify(viewOf(message, row));
    return [{ claim, answer: { status: 201, headers: {}, body, sealed: false } }];
  });
}

/** Stores one message in the transaction that `db` is bound to: a keyed call whose key was taken, and then was not. */
export async function receiveAlone(
  db: Database,
  limits: IntakeOptions["limits"],
  input: Omit<NewMessage, "intakeId">,
): Promise<MessageView> {
  const message = { ...input, intakeId: randomUUID() };
  const stored = await inClientTransaction(db, (client) =>
    storeMessages(client, [message], limits.AGEING_HORIZON_HOURS),
  );
  const row = stored.get(message.intakeId);
  invariant(row, "a message that was just stored is there");
  return viewOf(message, row);
}

function viewOf(message: NewMessage, row: StoredMessage): MessageView {
  const createdAt = row.createdAt.toISOString();
  return {
    id: row.ticketId,
    user_id: message.userId,
    body: message.body,
    status: "unassigned",
    urgency: null,
    queue: generalQueue,
    due_at: row.dueAt.toISOString(),
    snoozed_until: null,
    assigned_to: null,
    assigned_at: null,
    version: 1,
    conversation_id: row.conversationId,
    customer: {
      id: row.customer.id,
      user_id: row.customer.userId,
      name: row.customer.name,
      email: row.customer.email,
      phone: row.customer.phone,
      attributes: row.customer.attributes,
      open_tickets: row.customer.openTickets,
      total_tickets: row.customer.totalTickets,
      last_seen_at: row.customer.lastSeenAt.toISOString(),
    },
    reply: null,
    created_at: createdAt,
    updated_at: createdAt,
  };
}
