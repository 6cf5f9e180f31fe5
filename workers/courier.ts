import { fanOutEvents } from "../src/commands/fan-out-events.js";
import { type AttemptResult, recordAttempts } from "../src/commands/record-attempts.js";
import type { RouteOptions } from "../src/commands/route-replies.js";
import { repliesAreDue, routeReplies } from "../src/commands/route-replies.js";
import type { Outgoing, WebhookTarget } from "../src/contract/outgoing.js";
import {
  type ClaimedDelivery,
  claimForWebhook,
  claimMails,
  claimTests,
  dueWebhooks,
  takeProbe,
} from "../src/db/queries/claim-deliveries.js";
import type { Attempted, MailChannel, WebhookChannel } from "../src/delivery/channel.js";
import { afterAttempt } from "../src/domain/delivery-rules.js";
import { waitAtMost } from "../src/runtime/deadline.js";
import type { Service } from "../src/runtime/lifecycle.js";
import type { Logger } from "../src/runtime/logger.js";
import type { SecretBox } from "../src/runtime/secret-box.js";
import type { DeliveryMetrics } from "./delivery-metrics.js";
import { LookingLoop } from "./looking-loop.js";
import { readItems } from "./outgoing-items.js";
import { ResultKeeper } from "./result-keeper.js";
import type { WorkerContext } from "./score.js";

export interface CourierOptions {
  ctx: WorkerContext;
  webhook: WebhookChannel;
  /** null: no mail. */
  mail: MailChannel | null;
  secrets: Pick<SecretBox, "unseal">;
  route: RouteOptions;
  /** Calls under way at once to one webhook; mails under way at once. */
  webhookConcurrency: number;
  mailConcurrency: number;
  /** How long a call, and a mail, may take at most, ms; after twice that another worker takes it for lost. */
  webhookDeadlineMs: number;
  mailDeadlineMs: number;
  /** How long the log keeps events, ms. */
  logKeptMs: number;
  metrics: DeliveryMetrics;
  logger: Logger;
  /** How often it looks by itself, ms. */
  lookEveryMs?: number;
  /** How long `stop` waits for calls under way, ms. */
  drainMs?: number;
}

const mails = "mails";
const tests = "tests";
const testsAtOnce = 8;
/** A quarter of a webhook's places must be free before it is given more. */
const worthALook = 4;
const leaseGraceMs = 5000;

type Where = number | typeof mails | typeof tests;

/**
 * Takes what leaves the desk from the tables, makes the attempts and has them recorded. What is due is decided in Postgres,
 * by statements that several workers run at once; an attempt that its worker did not live to record is due again when its
 * lease ends, with the same id. Every webhook has places of its own, and so have the mails: one that hangs costs the others
 * nothing. Woken by the stage `deliver` and by what was recorded; looks by itself besides, so that no lost job matters.
 */
export class Courier implements Service {
  readonly name = "courier";
  readonly #options: CourierOptions;
  readonly #underWay = new Map<Where, number>();
  /** Where the last look was given as many as there were places: there may be more. */
  readonly #more = new Set<Where>();
  readonly #keeper: ResultKeeper;
  readonly #leaseMs: number;
  readonly #making: LookingLoop;
  readonly #taking: LookingLoop;
  #onIdle: (() => void) | null = null;

  constructor(options: CourierOptions) {
    const { lookEveryMs: everyMs = 200, logger } = options;
    this.#options = options;
    this.#leaseMs = 2 * options.webhookDeadlineMs + leaseGraceMs;
    this.#making = new LookingLoop({ name: "make deliveries", everyMs, logger, look: () => this.#make() });
    this.#taking = new LookingLoop({
      name: "take deliveries",
      everyMs,
      logger,
      look: (stopping) => this.#take(stopping),
    });
    this.#keeper = new ResultKeeper(async (results) => {
      await recordAttempts(options.ctx, results);
      this.wake();
    }, logger);
  }

  async start(): Promise<void> {
    this.#making.start();
    this.#taking.start();
  }

  /** Takes nothing more, waits for what is under way, and records it. */
  async stop(): Promise<void> {
    await Promise.all([this.#making.stop(), this.#taking.stop()]);
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      if (this.#count() === 0) resolve();
    });
    await waitAtMost(this.#options.drainMs ?? 5000, idle);
    await this.#keeper.stop();
  }

  /** Looks at once. */
  wake(): void {
    this.#taking.wake();
  }

  /**
   * What is to be sent is made of events, of replies that waited in vain, of tests; whether there is more of it. In a loop
   * of its own: while a thousand deliveries are made, those that are there are sent.
   */
  async #make(): Promise<boolean> {
    const { ctx, route, logKeptMs } = this.#options;
    const { made, more } = await fanOutEvents(ctx.db, { logKeptMs });
    const replies = await repliesAreDue(ctx.db);
    if (replies) await routeReplies({ ...ctx, requestId: null }, null, route);
    if (made > 0 || replies) this.wake();
    await this.#takeTests();
    return more;
  }

  async #take(stopping: AbortSignal): Promise<boolean> {
    const more = await this.#takeForWebhooks(stopping);
    return (await this.#takeMails()) || more;
  }

  /** Whether more is to be looked at, at once: what it looked at stood behind something else. */
  async #takeForWebhooks(stopping: AbortSignal): Promise<boolean> {
    const { ctx } = this.#options;
    let goesOn = false;
    for (const { id, probing, ...to } of await dueWebhooks(ctx.db.kysely)) {
      if (!this.#isWorthALook(id) || (probing && !(await takeProbe(ctx.db.kysely, id, this.#leaseMs)))) continue;
      const limit = probing ? 1 : this.#options.webhookConcurrency - this.#of(id);
      const look = { webhookId: id, limit, leaseMs: this.#leaseMs };
      let { claimed, more } = await claimForWebhook(ctx.db.kysely, look);
      // The trial is taken: it must not be spent on what only stood behind something.
      while (probing && more && !stopping.aborted) ({ claimed, more } = await claimForWebhook(ctx.db.kysely, look));
      if (claimed.length === limit) this.#more.add(id);
      else this.#more.delete(id);
      goesOn ||= more;
      this.#keep(id, claimed.length);
      const target = this.#target(id, to.url, to.secrets);
      await this.#sendAll(id, claimed, target, probing);
    }
    return goesOn;
  }

  /** A few free places are not, while others will be free soon. */
  #isWorthALook(webhookId: number): boolean {
    const { webhookConcurrency } = this.#options;
    return (webhookConcurrency - this.#of(webhookId)) * worthALook >= webhookConcurrency;
  }

  async #takeTests(): Promise<void> {
    const limit = testsAtOnce - this.#of(tests);
    if (limit <= 0) return;
    const claimed = await claimTests(this.#options.ctx.db.kysely, { limit, leaseMs: this.#leaseMs });
    this.#keep(tests, claimed.length);
    for (const each of claimed) {
      await this.#sendAll(tests, [each], this.#target(each.webhookId, each.url, each.secrets), false);
    }
  }

  async #takeMails(): Promise<boolean> {
    const limit = this.#options.mailConcurrency - this.#of(mails);
    if (!this.#options.mail || limit <= 0) return false;
    const leaseMs = 2 * this.#options.mailDeadlineMs + leaseGraceMs;
    const { claimed, more } = await claimMails(this.#options.ctx.db.kysely, { limit, leaseMs });
    this.#keep(mails, claimed.length);
    await this.#sendAll(mails, claimed, null, false);
    return more;
  }

  /** null: its secrets cannot be opened. */
  #target(webhookId: number, url: string, sealed: readonly string[]): WebhookTarget | null {
    try {
      return { webhookId, url, secrets: sealed.map((each) => this.#options.secrets.unseal(each)) };
    } catch (error) {
      this.#options.logger.warn({ err: error, webhook_id: webhookId }, "a webhook's secret cannot be opened");
      return null;
    }
  }

  /** Reads what is to be sent, and begins to send; does not wait for the answers. Their places are kept already. */
  async #sendAll(
    where: Where,
    claimed: readonly ClaimedDelivery[],
    target: WebhookTarget | null,
    probe: boolean,
  ): Promise<void> {
    if (claimed.length === 0) return;
    let items: (Outgoing | null)[];
    try {
      items = await readItems(this.#options.ctx.db.kysely, claimed);
    } catch (error) {
      this.#free(where, claimed.length);
      throw error;
    }
    for (const [index, delivery] of claimed.entries()) {
      void this.#send(where, delivery, items[index] ?? null, target, probe);
    }
  }

  async #send(
    where: Where,
    delivery: ClaimedDelivery,
    item: Outgoing | null,
    target: WebhookTarget | null,
    probe: boolean,
  ): Promise<void> {
    const started = performance.now();
    const attempted = await this.#attempt(where, item, target);
    const durationMs = performance.now() - started;
    this.#options.metrics.observe(where === mails ? "email" : "webhook", attempted.outcome.kind, durationMs / 1000);
    this.#keeper.keep({
      ...resultOf(delivery, attempted, durationMs, target?.webhookId ?? null),
      ...(probe ? { probe } : {}),
    });
    this.#free(where, 1);
    // Not after a failure: while it is not recorded, nothing holds back what would fail as well.
    const goesOn = attempted.outcome.kind === "sent" && typeof where === "number" && this.#more.has(where);
    if (goesOn && this.#isWorthALook(where)) this.wake();
  }

  async #attempt(
    where: Where,
    item: Outgoing | null,
    target: WebhookTarget | null,
  ): Promise<Attempted & { uncalled?: true }> {
    const { webhook, mail } = this.#options;
    const uncalled = (error: string, kind: "failed" | "refused") =>
      ({ outcome: { kind, error }, request: {}, answer: null, uncalled: true }) as const;
    if (!item) return uncalled("What was to be sent is not there any more.", "refused");
    try {
      if (where === mails) return mail ? await mail.send(item, null) : uncalled("No mail is sent.", "failed");
      if (!target) return uncalled("The webhook's secret cannot be opened: JWT_SECRET was changed.", "failed");
      return await webhook.send(item, target);
    } catch (error) {
      return uncalled(error instanceof Error ? error.message : String(error), "failed");
    }
  }

  #of(where: Where): number {
    return this.#underWay.get(where) ?? 0;
  }

  #count(): number {
    return [...this.#underWay.values()].reduce((sum, count) => sum + count, 0);
  }

  #keep(where: Where, count: number): void {
    this.#underWay.set(where, this.#of(where) + count);
  }

  #free(where: Where, count: number): void {
    const left = this.#of(where) - count;
    if (left > 0) this.#underWay.set(where, left);
    else this.#underWay.delete(where);
    if (this.#count() === 0) this.#onIdle?.();
  }
}

function resultOf(
  delivery: ClaimedDelivery,
  attempted: Attempted & { uncalled?: true },
  durationMs: number,
  webhookId: number | null,
): AttemptResult {
  const { id: deliveryId, attempt, tries, ageMs, ticketId, conversationId, requestId, outOfOrder } = delivery;
  const after = afterAttempt(attempted.outcome, { tries, ageMs: ageMs + durationMs, random: Math.random() });
  // A test is tried once: who asked for it looks at what it came to.
  const isTest = delivery.eventSeq === null && delivery.messageId === null;
  const settled = isTest && after.status === "pending" ? ({ status: "failed" } as const) : after;
  return {
    deliveryId,
    attempt,
    webhookId,
    ticketId,
    conversationId,
    requestId,
    outOfOrder,
    ...attempted,
    after: settled,
    durationMs,
  };
}
