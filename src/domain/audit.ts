import type { Role } from "./policy.js";

/** Every act that the audit log knows. Closed: an act that is not here cannot be recorded. */
export const auditActions = [
  "user.create",
  "user.update",
  "user.delete",
  "user.password",
  "user.token",
  "api_key.create",
  "api_key.update",
  "api_key.revoke",
  "webhook.create",
  "webhook.update",
  "webhook.delete",
  "webhook.rotate",
  "webhook.test",
  "webhook.replay",
  "webhook.disable",
  "delivery.retry",
  "agent.create",
  "agent.update",
  "agent.delete",
  "agent.availability",
  "queue.create",
  "queue.update",
  "canned.create",
  "canned.update",
  "canned.delete",
  "prompt.create",
  "prompt.update",
  "prompt.delete",
  "customer.update",
  "customer.clear_bounce",
  "customer.erase",
  "ticket.create",
  "ticket.update",
  "ticket.delete",
  "ticket.claim",
  "ticket.pull",
  "ticket.reply",
  "ticket.sell",
  "ticket.release",
  "ticket.transfer",
  "ticket.snooze",
  "ticket.reopen",
  "ticket.urgency",
  "conversation.open",
  "conversation.update",
  "conversation.delete",
  "conversation.join",
  "conversation.leave",
  "dispute.create",
  "dispute.update",
  "payment.create",
  "payment.update",
  "job.update",
  "stage.retry",
  "stage.promote",
  "stage.drain",
  "stage.clean",
  "stage.pause",
  "stage.resume",
  "desk.import",
  "desk.replay",
  "desk.restore_done",
  "desk.seed",
] as const;
export type AuditAction = (typeof auditActions)[number];

/** What an act can be about. `stage` is a kind of job (DESIGN.md 2); `desk` is all of it. */
export const auditSubjects = [
  "user",
  "agent",
  "customer",
  "api_key",
  "webhook",
  "delivery",
  "queue",
  "canned",
  "prompt",
  "ticket",
  "conversation",
  "dispute",
  "payment",
  "stage",
  "desk",
] as const;
export type AuditSubjectKind = (typeof auditSubjects)[number];

/**
 * Who acts: callers of the API as the policy knows them; `cli` is whoever ran a command on the machine, under the name
 * that the operating system has for them; `system` is the desk itself.
 */
export const auditActorKinds = ["user", "api_key", "metrics", "demo", "cli", "system"] as const;
export type AuditActorKind = (typeof auditActorKinds)[number];

/** An actor as the audit log keeps it; every `Actor` of the policy is one. */
export interface AuditActor {
  kind: AuditActorKind;
  /** The user's id; null for who is no user. */
  id: number | null;
  name: string;
  role?: Role;
}

/** The desk itself, where nobody asked. */
export const theDesk: AuditActor = { kind: "system", id: null, name: "switchboard" };

/** The names of what is given, in order: for changes of which no value may be kept (customers' profiles, secrets). */
export function fieldNames(change: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(change)
    .filter((name) => change[name] !== undefined)
    .sort();
}

/** Whether an admin acts on what an agent holds, or in its name: what an agent does on its own is not audited. */
export function actsForAnother(actor: AuditActor, agentId: number | null): boolean {
  return actor.role !== "agent" || actor.id !== agentId;
}
