import { sql } from "kysely";
import type { Database } from "../../src/db/database.js";
import { readDeliveryState } from "../../src/db/queries/read-delivery-state.js";
import { verifyMail } from "../../src/delivery/verify-mail.js";
import type { Config } from "../../src/runtime/config.js";
import { type Check, ok, warn } from "./check.js";

const overdueWarnS = 60;
const mailDeadlineMs = 5000;
/** Webhooks that are named; of more than that the number is told. */
const namedMax = 3;

/** What leaves the desk: dead letters, what is parked, who sends; webhooks that fail; whether the mail server takes us. */
export async function checkDeliveries(config: Config, db: Database): Promise<Check[]> {
  return [await checkWaiting(db), await checkWebhooks(db), await checkMail(config, db)];
}

async function checkWaiting(db: Database): Promise<Check> {
  const { pending, reader, parked, dead, overdueS } = await readDeliveryState(db.kysely);
  const found = `${pending} under way, ${reader} wait for their readers, ${parked} parked, ${dead} dead`;
  if (overdueS > overdueWarnS) {
    const late = `${found}; the first has been due for ${Math.round(overdueS)} s`;
    return warn("deliveries", late, "start a worker with the stage deliver, or another one");
  }
  const see = (status: string) => `see why: switchboard deliveries ls --status ${status}, show <id>`;
  if (dead > 0) return warn("deliveries", found, `${see("failed")}; mend it, then: switchboard deliveries retry --all`);
  return parked > 0 ? warn("deliveries", found, see("parked")) : ok("deliveries", found);
}

interface Row {
  id: number;
  name: string;
  failures: number;
  reason: string | null;
  open: boolean;
  behind: number;
}

async function checkWebhooks(db: Database): Promise<Check> {
  const { rows } = await sql<Row>`
    SELECT w.id, w.name, w.failures, w.disabled_reason AS reason, w.circuit_open_until IS NOT NULL AS open,
           CASE WHEN w.events <> '{}' THEN s.last_seq - w.cursor_seq ELSE 0 END AS behind
    FROM webhooks w CROSS JOIN sequencer s ORDER BY w.id`.execute(db.kysely);
  if (rows.length === 0) return ok("webhooks", "there are none");
  const gone = rows.filter((row) => row.reason?.includes("410"));
  const open = rows.filter((row) => row.reason === null && row.open);
  const count = `${rows.filter((row) => row.reason === null).length} of ${rows.length} enabled`;
  if (open.length > 0) {
    const words = named(open, (row) => `${row.failures} failures in a row, ${row.behind} events behind`);
    const advice = "see switchboard deliveries ls --webhook <id>; tell its owner, or disable it. It is tried by itself";
    return warn("webhooks", `${count}; left in peace: ${words}`, advice);
  }
  if (gone.length > 0) {
    const advice = "it says that it is gone: delete it, or give it another address and enable it";
    return warn("webhooks", `${count}; disabled: ${named(gone, (row) => row.reason ?? "")}`, advice);
  }
  return ok("webhooks", `${count}, none fails in a row`);
}

function named(rows: readonly Row[], words: (row: Row) => string): string {
  const shown = rows
    .slice(0, namedMax)
    .map((row) => `${row.id}${row.name === "" ? "" : ` ${row.name}`} (${words(row)})`);
  return [...shown, ...(rows.length > namedMax ? [`${rows.length - namedMax} more`] : [])].join(", ");
}

async function checkMail({ SMTP_URL }: Config, db: Database): Promise<Check> {
  const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM email_bounces`.execute(db.kysely);
  const bounced = rows[0]?.n ? `; ${rows[0].n} addresses take none (switchboard deliveries bounces)` : "";
  if (SMTP_URL === undefined) return ok("mail", `SMTP_URL is not set: none is sent${bounced}`);
  const refused = await verifyMail(SMTP_URL, mailDeadlineMs);
  const { host } = new URL(SMTP_URL);
  return refused === null
    ? ok("mail", `${host} takes us${bounced}`)
    : warn(
        "mail",
        `${host}: ${refused}${bounced}`,
        "check SMTP_URL; mails are tried again by themselves until they die",
      );
}
