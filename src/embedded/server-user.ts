import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import { StartError, systemCode } from "./start-error.js";

/** Who runs Postgres when we are root: Postgres refuses root. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** The accounts of an /etc/passwd text, without root and without ids that a process cannot take. */
export function parsePasswd(text: string): ServerUser[] {
  return text.split("\n").flatMap((line) => {
    const [name, , uidText, gidText] = line.split(":");
    const uid = Number(uidText);
    const gid = Number(gidText);
    return name && uidText && Number.isInteger(uid) && uid > 0 && Number.isInteger(gid) && gid > 0
      ? [{ name, uid, gid }]
      : [];
  });
}

const preferredNames = ["postgres", "_postgres", "nobody"];

/**
 * Whom root hands Postgres to: the owner of the data folder that is there already; else `postgres`; else `nobody`. It
 * must have an account: initdb looks its own user up. null: nobody fits.
 */
export function chooseServerUser(accounts: readonly ServerUser[], dataOwnerUid: number | null): ServerUser | null {
  const owner = accounts.find((account) => account.uid === dataOwnerUid);
  if (owner) return owner;
  for (const name of preferredNames) {
    const account = accounts.find((candidate) => candidate.name === name);
    if (account) return account;
  }
  return null;
}

/** The user for the data in `dataFolder`; null when we are not root and run it as ourselves. */
export function serverUserFor(dataFolder: string): ServerUser | null {
  if (process.getuid?.() !== 0) {
    try {
      userInfo();
    } catch {
      throw new StartError(
        `user id ${process.getuid?.()} has no entry in /etc/passwd, which Postgres needs; add one, or set DATABASE_URL`,
      );
    }
    return null;
  }
  let passwd = "";
  try {
    passwd = readFileSync("/etc/passwd", "utf8");
  } catch {
    // No accounts at all: told below.
  }
  const user = chooseServerUser(parsePasswd(passwd), ownerOf(dataFolder));
  if (user) return user;
  throw new StartError(
    "Postgres does not run as root, and this machine has neither a postgres nor a nobody user to run it as; " +
      "start as an ordinary user, or set DATABASE_URL",
  );
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** The first of the folders above `path`, outermost first, or `path` itself, that `user` may not enter; null: all are open. */
export function closedFolder(user: ServerUser, path: string): string | null {
  const folders = [path];
  while (dirname(folders[0] ?? "/") !== folders[0]) folders.unshift(dirname(folders[0] ?? "/"));
  return firstRefused(user, "-x", folders);
}

/**
 * The first of the paths on which `test <flag>` fails for `user`; null: none. The shell asks as that user, so that access
 * lists and mount options count too.
 */
export function firstRefused(user: ServerUser, flag: "-x" | "-r", paths: readonly string[]): string | null {
  const script = `for path do test ${flag} "$path" || { printf %s "$path"; exit 1; }; done`;
  const { uid, gid } = user;
  const asked = spawnSync("/bin/sh", ["-c", script, "sh", ...paths], { uid, gid, cwd: "/", encoding: "utf8" });
  return asked.status === 0 ? null : asked.stdout || (paths[0] ?? "/");
}
