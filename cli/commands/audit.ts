import { Command, InvalidArgumentError, Option } from "commander";
import { type AuditPlace, listAudit } from "../../src/db/queries/audit.js";
import { type AuditAction, type AuditSubjectKind, auditActions, auditSubjects } from "../../src/domain/audit.js";
import { actJson, sayActs } from "../audit/show-act.js";
import { withDesk } from "../desk.js";
import { wholeNumber } from "../options.js";
import { note, say, sayJson } from "../output.js";
import { parseSince } from "../parse-since.js";

interface Subject {
  kind: AuditSubjectKind;
  id: string | undefined;
}

interface ListOptions {
  actor?: string;
  action?: AuditAction;
  subject?: Subject;
  request?: string;
  since?: Date;
  limit: number;
  cursor?: AuditPlace;
  json?: true;
}

function subject(text: string): Subject {
  const [name = "", ...rest] = text.split(":");
  const kind = auditSubjects.find((one) => one === name);
  if (!kind) throw new InvalidArgumentError(`It is <kind> or <kind>:<id>; kinds are ${auditSubjects.join(", ")}.`);
  return { kind, id: rest.length === 0 ? undefined : rest.join(":") };
}

const cursorOf = ({ at, id }: AuditPlace) => Buffer.from(`${id} ${at.getTime()}`).toString("base64url");

function parseCursor(text: string): AuditPlace {
  const [, id, at] = /^(\d{1,15}) (\d{1,15})$/.exec(Buffer.from(text, "base64url").toString("utf8")) ?? [];
  if (id === undefined) throw new InvalidArgumentError("It is what the page before ended with.");
  return { at: new Date(Number(at)), id: Number(id) };
}

async function list(options: ListOptions): Promise<void> {
  await withDesk(async ({ db }) => {
    const { actor, action, subject, request: requestId, since: from, limit, cursor: after } = options;
    const isId = actor !== undefined && /^\d{1,15}$/.test(actor);
    const filters = {
      ...(isId ? { actorId: Number(actor) } : { actorName: actor }),
      ...{ action, subjectKind: subject?.kind, subjectId: subject?.id, requestId, from },
    };
    const rows = await listAudit(db.kysely, { filters, after, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last ? cursorOf(last) : null;
    if (options.json) return sayJson({ results: page.map(actJson), next });
    if (page.length === 0) return say("no such acts");
    sayActs(page);
    if (next !== null) note(`go on with --cursor ${next}`);
  });
}

const example = (line: string) => `\nExample:\n  $ switchboard audit ${line}`;

/** `switchboard audit`: privileged acts, looked at. */
export function auditCommand(): Command {
  const audit = new Command("audit")
    .description("Look at the audit log: who did what to what. Acts at the command line are in it too.")
    .addHelpText("after", example("ls --since 24h"));
  audit
    .command("ls")
    .description("Privileged acts, the newest first.")
    .option("--actor <id|name>", "by this user (id), or by this name, e.g. of an account of this machine")
    .addOption(new Option("--action <action>", "of this kind, e.g. queue.update").choices(auditActions))
    .option("--subject <kind[:id]>", "done to this, e.g. customer:42", subject)
    .option("--request <id>", "of this request (X-Request-Id)")
    .option("--since <time>", "from then on: a time with its zone, a day, or how long ago (90m, 7d)", parseSince)
    .option("--limit <n>", "so many at most", wholeNumber(1, 1000), 50)
    .option("--cursor <cursor>", "go on where a page ended", parseCursor)
    .option("--json", "results, next")
    .addHelpText("after", example("ls --subject ticket:12 --since 7d"))
    .action(list);
  return audit;
}
