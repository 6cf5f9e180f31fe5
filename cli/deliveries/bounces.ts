import { Command } from "commander";
import { clearBounce } from "../../src/commands/clear-bounce.js";
import { listBounces } from "../../src/db/queries/bounces.js";
import { withDesk } from "../desk.js";
import { formatAge } from "../format-time.js";
import { operator } from "../operator.js";
import { wholeNumber } from "../options.js";
import { formatList, say, sayJson } from "../output.js";

async function list(options: { limit: number; json?: true }): Promise<void> {
  await withDesk(async ({ db }) => {
    const rows = await listBounces(db.kysely, options.limit);
    if (options.json) {
      return sayJson(
        rows.map(({ address, customerId, code, answer, bouncedAt }) => ({
          ...{ address, customer_id: customerId, code, answer, bounced_at: bouncedAt },
        })),
      );
    }
    if (rows.length === 0) return say("every address takes mail, as far as was tried");
    const lines = rows.map(({ address, customerId, code, answer, bouncedAt }) => [
      ...[address, customerId === null ? "nobody" : String(customerId), formatAge(Date.now() - bouncedAt.getTime())],
      ...[String(code), answer],
    ]);
    say(formatList(["address", "customer", "age", "code", "its server said"], lines, [1, 3]));
  });
}

async function clear(customerId: number, options: { json?: true }): Promise<void> {
  await withDesk(async ({ db, config }) => {
    const ctx = { db, actor: operator(), requestId: null, limits: config, wake: () => undefined };
    await clearBounce(ctx, { customerId });
    if (options.json) return sayJson({ customer_id: customerId, mail_bounced: null });
    say(`customer ${customerId} is sent mail again; what died: switchboard deliveries retry --all --channel email`);
  });
}

/** `switchboard deliveries bounces` and `unbounce`: addresses that take no mail. */
export function bounceCommands(): Command[] {
  return [
    new Command("bounces")
      .description("Addresses that refused a mail for good, with their customers: no more mail goes there.")
      .option("--limit <n>", "rows that are shown", wholeNumber(1, 1000), 50)
      .option("--json", "a list: address, customer_id, code, answer, bounced_at")
      .addHelpText("after", "\nExample:\n  $ switchboard deliveries bounces")
      .action(list),
    new Command("unbounce")
      .description("Send mail to a customer again, whose address once refused it.")
      .argument("<customer>", "its id", wholeNumber(1, Number.MAX_SAFE_INTEGER))
      .option("--json", "customer_id, mail_bounced")
      .addHelpText("after", "\nExample:\n  $ switchboard deliveries unbounce 42")
      .action(clear),
  ];
}
