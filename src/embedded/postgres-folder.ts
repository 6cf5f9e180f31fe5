import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { usableBinaries } from "./binaries.js";
import { closedFolder, type ServerUser, serverUserFor } from "./server-user.js";
import { StartError } from "./start-error.js";
import { keptSecret } from "./state-file.js";

/** Where Postgres lives for one DATA_DIR, and whom it runs as. */
export interface PostgresHome {
  /** Its data. */
  folder: string;
  /** `bin`, `lib` and `share`. */
  native: string;
  /** null: ourselves. */
  user: ServerUser | null;
}

/** Under root, what does not fit into DATA_DIR or the package (both closed to the server's user) goes here. */
const systemFolder = "/var/lib/switchboard";

/** The folder outside DATA_DIR that a root start uses when the server's user cannot enter DATA_DIR. */
export function spareFolder(dataDir: string): string {
  return join(systemFolder, keptSecret(dataDir, "systemId"));
}

/** Finds or chooses data folder, binaries and user. Throws StartError, in one sentence, where that is not possible. */
export function postgresHome(dataDir: string): PostgresHome {
  const inside = join(dataDir, "postgres");
  const user = serverUserFor(inside);
  if (!user) return { folder: inside, native: usableBinaries(null, join(dataDir, "binaries")), user };
  const native = usableBinaries(user, systemFolder);
  // Letting others pass through our own folder shows them no names; secrets.json stays 0600, and Postgres' folder 0700.
  if (isOurs(dataDir)) chmodSync(dataDir, statSync(dataDir).mode | 0o011);
  const isOpen = closedFolder(user, dataDir) === null;
  const spare = spareFolder(dataDir);
  const outside = join(spare, "postgres");
  // Data stays where it was made, whatever became of the rights above it: a new database would look like a loss.
  if (dataVersion(inside) !== null && !isOpen) {
    throw new StartError(
      `the data is in ${inside}, which user ${user.name}, who runs Postgres for root, may no longer enter (${closedFolder(user, dataDir)} is closed to it)`,
    );
  }
  if (isOpen && dataVersion(outside) === null) return { folder: inside, native, user };
  mkdirSync(spare, { recursive: true, mode: 0o755 });
  const closed = closedFolder(user, spare);
  if (closed === null) return { folder: outside, native, user };
  throw new StartError(
    `user ${user.name}, who runs Postgres for root, may enter neither ${dataDir} nor ${closed}; set DATA_DIR to a folder open to it`,
  );
}

/** Whether the folder is empty or one of our data folders, so that its rights are ours to set. */
export function isOurs(dataDir: string): boolean {
  const names = readdirSync(dataDir);
  return names.includes("secrets.json") || names.every((name) => name.startsWith("switchboard.lock"));
}

/** The major version that made the data, or null when there is none yet. */
export function dataVersion(folder: string): string | null {
  const path = join(folder, "PG_VERSION");
  return existsSync(path) ? readFileSync(path, "utf8").trim() : null;
}

/** An environment without anything of the caller's: PGDATA, PGPORT and the like would be taken for settings. */
export const serverEnvironment = { PATH: "/usr/bin:/bin", LANG: "C", LC_ALL: "C", TZ: "UTC" };

/**
 * Makes the data folder: UTF-8, Unicode rules independent of the machine's locales (`builtin` C.UTF-8), the database
 * `switchboard`, and sign-in by password over TCP only. It is made beside its place and renamed when it is whole, so that
 * a start killed half-way leaves no half of a database; and the password goes in through a pipe, never a file.
 */
export async function makeDataFolder(home: PostgresHome, password: string): Promise<void> {
  const fresh = `${home.folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  if (home.user) chownSync(fresh, home.user.uid, home.user.gid);
  try {
    const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
    await run(home, "initdb", ["-D", fresh, "-U", "postgres", "--auth=trust", "--no-instructions", ...locale], "");
    await run(
      home,
      "postgres",
      ["--single", "-D", fresh, "postgres"],
      `ALTER USER postgres PASSWORD '${password}'\nCREATE DATABASE switchboard\n`,
    );
    writeFileSync(join(fresh, "pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
    renameSync(fresh, home.folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    throw error;
  }
}

/** Sets the superuser's password on data whose own was lost with secrets.json. The server must not run. */
export async function resetPassword(home: PostgresHome, password: string): Promise<void> {
  await run(
    home,
    "postgres",
    ["--single", "-D", home.folder, "postgres"],
    `ALTER USER postgres PASSWORD '${password}'\n`,
  );
}

function run(home: PostgresHome, program: "initdb" | "postgres", args: string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(home.native, "bin", program), args, {
      cwd: "/",
      env: serverEnvironment,
      stdio: ["pipe", "ignore", "pipe"],
      ...(home.user ? { uid: home.user.uid, gid: home.user.gid } : {}),
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
    });
    child.on("error", (error) => reject(new StartError(`${program} could not be run: ${error.message}`)));
    child.on("close", (code) => {
      const complaint = complaintIn(said);
      if (code === 0 && (program === "initdb" || complaint === null)) return resolve();
      reject(
        new StartError(`the data folder ${dirname(home.folder)} could not be set up: ${complaint ?? `exit ${code}`}`),
      );
    });
    // A program that ended early has told why on stderr: the broken pipe adds nothing.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** The last complaint in a text that a Postgres program wrote, without its prefix; null when it has none. */
export function complaintIn(text: string): string | null {
  const lines = text.split("\n").flatMap((line) => {
    const found = /(?:PANIC|FATAL|ERROR|error|fatal|error while loading shared libraries):\s+(.*)$/.exec(line);
    return found?.[1] ? [found[1]] : [];
  });
  return lines.at(-1) ?? null;
}
