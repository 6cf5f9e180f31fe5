import { randomBytes } from "node:crypto";
import { chownSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { StartError } from "./start-error.js";

/**
 * Writes a JSON file that only its owner may read (0600), whole or not at all: a reader, or a start after a crash, never
 * sees half of it. Root leaves it to the folder's owner, who may start the system later without root.
 */
export function writeStateFile(path: string, value: unknown): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    writeFileSync(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    if (process.getuid?.() === 0) {
      const owner = statSync(dirname(path));
      chownSync(fresh, owner.uid, owner.gid);
    }
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

/** A state file's object, or {} when there is none. Throws StartError for one that cannot be read. */
export function readStateFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new StartError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}); it belongs to another user`,
    );
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, with the file's name.
  }
  throw new StartError(`${path} is damaged (no JSON object); mend it, or start anew with --fresh`);
}

/** The secrets that DATA_DIR keeps, made when first asked for and the same ever after. */
export type SecretName = "systemId" | "postgresPassword" | "queuePassword" | "jwtSecret" | "adminPassword";

const secretBytes: Record<SecretName, number> = {
  systemId: 6,
  postgresPassword: 24,
  queuePassword: 24,
  jwtSecret: 32,
  adminPassword: 9,
};

/** The secret of that name in DATA_DIR/secrets.json (mode 0600); a random one is made and kept when there is none. */
export function keptSecret(dataDir: string, name: SecretName): string {
  const path = join(dataDir, "secrets.json");
  const secrets = readStateFile(path);
  const kept = secrets[name];
  if (typeof kept === "string" && kept !== "") return kept;
  const made = randomBytes(secretBytes[name]).toString(name === "systemId" ? "hex" : "base64url");
  writeStateFile(path, { ...secrets, [name]: made });
  return made;
}

/** The port that the server of that name used last, or null. */
export function keptPort(dataDir: string, name: string): number | null {
  const port = readStateFile(join(dataDir, "ports.json"))[name];
  return typeof port === "number" ? port : null;
}

/** Keeps the port for the next start. */
export function keepPort(dataDir: string, name: string, port: number): void {
  const path = join(dataDir, "ports.json");
  const ports = readStateFile(path);
  if (ports[name] !== port) writeStateFile(path, { ...ports, [name]: port });
}

/** Whether DATA_DIR keeps that secret already. */
export function hasSecret(dataDir: string, name: SecretName): boolean {
  return typeof readStateFile(join(dataDir, "secrets.json"))[name] === "string";
}
