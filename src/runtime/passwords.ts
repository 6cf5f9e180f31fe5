import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/**
 * One of the scrypt settings that OWASP's password storage sheet holds equal (N = 2^17, r = 8, p = 1 … N = 2^15, r = 8,
 * p = 3): this one takes 32 MiB a hash. It may be raised: the hash tells with what it was made, and one that was made with
 * another setting is made anew at the next sign-in.
 */
const cost = { N: 2 ** 15, r: 8, p: 3 };
const saltBytes = 16;
const keyBytes = 32;
const memoryMaxBytes = 512 * 1024 * 1024;

function derive(password: string, salt: Buffer, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, keyBytes, { ...options, maxmem: memoryMaxBytes }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function written({ N, r, p }: typeof cost, salt: Buffer, key: Buffer): string {
  return ["scrypt", N, r, p, salt.toString("base64"), key.toString("base64")].join("$");
}

/** A password's hash with its salt and cost, memory-hard (scrypt): `scrypt$N$r$p$salt$key`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return written(cost, salt, await derive(password, salt, cost));
}

/** The hash of no password. */
const decoy = written(cost, randomBytes(saltBytes), randomBytes(keyBytes));

/** Whether the password fits. Without a stored hash it works as long and says no, so that time tells nothing. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const [name, n, r, p, salt, key] = (stored ?? decoy).split("$");
  if (name !== "scrypt" || !salt || !key) return false;
  const expected = Buffer.from(key, "base64");
  const actual = await derive(password, Buffer.from(salt, "base64"), { N: Number(n), r: Number(r), p: Number(p) });
  return actual.length === expected.length && timingSafeEqual(actual, expected) && stored !== null;
}

/** Whether a hash was made with another cost than is used now. */
export function isOutdated(stored: string): boolean {
  return !stored.startsWith(`scrypt$${cost.N}$${cost.r}$${cost.p}$`);
}
