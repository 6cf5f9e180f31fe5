import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { sql } from "kysely";
import { createUser } from "../../src/commands/create-user.js";
import { setPassword } from "../../src/commands/set-password.js";
import type { Database } from "../../src/db/database.js";
import { type Role, roles } from "../../src/domain/policy.js";
import { capacityMax } from "../../src/domain/ticket.js";
import { accessToken, cliTokenTtlS } from "../access-token.js";
import { withDesk } from "../desk.js";
import { Failure, UsageError } from "../failure.js";
import { operator, recordOperatorsAct } from "../operator.js";
import { wholeNumber } from "../options.js";
import { say, sayJson } from "../output.js";
import { changeAccess } from "../user/change-access.js";
import { list } from "../user/list.js";
import { type ShownUser, showUser } from "../user/show-user.js";

interface AddOptions {
  role: Role;
  name: string;
  email?: string;
  password?: string;
  passwordStdin?: true;
  capacity?: number;
  userId?: string;
  json?: true;
}

interface TokenOptions {
  email?: string;
  role?: Role;
  customer?: string;
  ttl: number;
  json?: true;
}

interface PasswordOptions {
  email: string;
  password?: string;
  passwordStdin?: true;
  json?: true;
}

const passwordMin = 8;

/** The password that was given, by option or on stdin (which shows it to nobody else on the machine), or null. */
function passwordOf(options: { password?: string; passwordStdin?: true }): string | null {
  const given = options.passwordStdin ? readFileSync(0, "utf8").replace(/\r?\n$/, "") : options.password;
  if (given === undefined) return null;
  if (given.length < passwordMin) throw new UsageError(`a password has ${passwordMin} characters or more`);
  return given;
}

async function add(options: AddOptions): Promise<void> {
  if (options.capacity !== undefined && options.role !== "agent") throw new UsageError("--capacity is for agents");
  if (options.userId !== undefined && options.role !== "customer") throw new UsageError("--user-id is for customers");
  const password = passwordOf(options);
  if (password !== null && options.email === undefined)
    throw new UsageError("a password needs --email to sign in with");
  await withDesk(async ({ config, db }) => {
    const user = await createUser(
      { db, actor: operator(), requestId: null },
      {
        role: options.role,
        name: options.name,
        email: options.email ?? null,
        password,
        ...(options.userId === undefined ? {} : { userId: options.userId }),
        ...(options.role === "agent" ? { capacity: options.capacity ?? config.TICKET_CAPACITY } : {}),
      },
    );
    showUser(user, options.json);
  });
}

const columns = ["users.id", "users.role", "users.name", "users.email"] as const;
const enabled = (db: Database) =>
  db.kysely.selectFrom("users").select(columns).where("users.disabled_at", "is", null).orderBy("users.id").limit(1);

const byEmail = (db: Database, email: string) =>
  enabled(db).where(sql`lower(users.email)`, "=", email.toLowerCase()).executeTakeFirst();

/** The customer of that outside id; made when it is new. */
async function customerOf(db: Database, userId: string): Promise<ShownUser> {
  const find = () =>
    enabled(db)
      .innerJoin("customers", "customers.id", "users.id")
      .where("customers.user_id", "=", userId)
      .executeTakeFirst();
  const found = await find();
  if (found) return found;
  try {
    return await createUser(
      { db, actor: operator(), requestId: null },
      { role: "customer", name: "", email: null, password: null, userId },
    );
  } catch (error) {
    const made = await find();
    if (made) return made;
    throw error;
  }
}

async function findForToken(db: Database, options: TokenOptions): Promise<ShownUser> {
  if (options.customer !== undefined) {
    if (options.customer === "" || options.customer.length > 255)
      throw new UsageError("--customer: 1 to 255 characters");
    return customerOf(db, options.customer);
  }
  const user =
    options.email !== undefined
      ? await byEmail(db, options.email)
      : await enabled(db)
          .where("users.role", "=", options.role ?? "admin")
          .executeTakeFirst();
  if (user) return user;
  const who = options.email !== undefined ? `user with the address ${options.email}` : (options.role ?? "admin");
  throw new Failure(`there is no ${who}: make one with switchboard user add, or switchboard seed`);
}

async function token(options: TokenOptions): Promise<void> {
  const named = [options.email, options.role, options.customer].filter((value) => value !== undefined);
  if (named.length !== 1) throw new UsageError("name the user by one of --email, --role, --customer");
  await withDesk(async (desk) => {
    const { id, role, name, email } = await findForToken(desk.db, options);
    const after = { role, ttl_s: options.ttl };
    await recordOperatorsAct(desk.db, { action: "user.token", subject: { kind: "user", id }, after });
    const access = await accessToken(desk, id, options.ttl);
    if (options.json) sayJson({ token: access, user: { id, role, name, email } });
    else say(access);
  });
}

async function passwd(options: PasswordOptions): Promise<void> {
  const password = passwordOf(options);
  if (password === null) throw new UsageError("give the new password with --password-stdin or --password");
  await withDesk(async ({ db }) => {
    const user = await byEmail(db, options.email);
    if (!user) throw new Failure(`there is no user with the address ${options.email}`);
    await setPassword({ db, actor: operator(), requestId: null }, { userId: user.id, password });
    showUser(user, options.json);
  });
}

const ttlMaxS = 31_536_000;
const listMax = 1000;
const idMax = Number.MAX_SAFE_INTEGER;

/** `switchboard user`: people and their tokens and passwords. */
export function userCommand(): Command {
  const user = new Command("user")
    .description("add users, list them, print tokens, set passwords, disable and enable")
    .addHelpText("after", "\nExample:\n  $ switchboard user token --role admin");
  user
    .command("add")
    .description("Add an admin, agent or customer.")
    .addOption(new Option("--role <role>", "what the user is").choices(roles).makeOptionMandatory())
    .requiredOption("--name <name>", "shown to others")
    .option("--email <address>", "to sign in with")
    .option("--password <password>", "to sign in with; others on this machine can see it, better:")
    .option("--password-stdin", "read the password from stdin")
    .option("--capacity <n>", "tickets that an agent may hold at once", wholeNumber(0, capacityMax))
    .option("--user-id <id>", "a customer's id in your own system")
    .option("--json", "one line of JSON: user")
    .addHelpText(
      "after",
      '\nExample:\n  $ switchboard user add --role agent --name "Amina" --email amina@example.com --password-stdin',
    )
    .action(add);
  user
    .command("token")
    .description("Print an access token. With --role that of the first user of the role.")
    .option("--email <address>", "the user's address")
    .addOption(new Option("--role <role>", "the first one of that role").choices(roles))
    .option("--customer <user_id>", "a customer by its id in your own system; made when new")
    .option("--ttl <seconds>", "how long it lives", wholeNumber(10, ttlMaxS), cliTokenTtlS)
    .option("--json", "one line of JSON: token, user")
    .addHelpText("after", "\nExample:\n  $ switchboard user token --role admin")
    .action(token);
  user
    .command("passwd")
    .description("Set a user's password. Its tokens end.")
    .requiredOption("--email <address>", "the user's address")
    .option("--password <password>", "the new password")
    .option("--password-stdin", "read the new password from stdin")
    .option("--json", "one line of JSON: user")
    .addHelpText("after", "\nExample:\n  $ switchboard user passwd --email amina@example.com --password-stdin")
    .action(passwd);
  user
    .command("ls")
    .description("List users by id.")
    .addOption(new Option("--role <role>", "those of that role").choices(roles))
    .option("--after <id>", "those after that id", wholeNumber(0, idMax))
    .option("--limit <n>", "at most that many", wholeNumber(1, listMax), 50)
    .option("--json", "one line of JSON: users, next")
    .addHelpText("after", "\nExample:\n  $ switchboard user ls --role agent")
    .action(list);
  user
    .command("disable <email|id>")
    .description(
      "End a user's access: its tokens, its sessions, within 5 s its sockets. An agent's tickets wait again.",
    )
    .option("--json", "one line of JSON: user")
    .addHelpText("after", "\nExample:\n  $ switchboard user disable amina@example.com")
    .action(changeAccess(true));
  user
    .command("enable <email|id>")
    .description("Let a disabled user sign in again.")
    .option("--json", "one line of JSON: user")
    .addHelpText("after", "\nExample:\n  $ switchboard user enable amina@example.com")
    .action(changeAccess(false));
  return user;
}
