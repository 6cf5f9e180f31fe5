import { hkdfSync } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";

/** How long the address of a picture is good, seconds (CONTRACT.md 3). */
export const pictureAddressTtlS = 300;

const algorithm = "HS256";
const purpose = "switchboard picture";

/** Addresses that show a picture without a token, for a page's `<img>`: signed, each for one picture, for five minutes. */
export interface PictureAddresses {
  /** The signature of one that begins to live now. */
  sign(pictureId: number): Promise<string>;
  /** Whether it was signed here for that picture, and lives. */
  isGood(pictureId: number, signature: string): Promise<boolean>;
}

/**
 * Signed by a key of its own that is derived from the secret (HKDF), and for an audience of its own: no token is an
 * address, and no address is a token.
 */
export function createPictureAddresses(secret: string): PictureAddresses {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", purpose, 32));
  return {
    sign: (pictureId) =>
      new SignJWT({})
        .setProtectedHeader({ alg: algorithm })
        .setSubject(String(pictureId))
        .setAudience(purpose)
        .setIssuedAt()
        .setExpirationTime(`${pictureAddressTtlS} s`)
        .sign(key),
    isGood: async (pictureId, signature) => {
      try {
        await jwtVerify(signature, key, {
          algorithms: [algorithm],
          audience: purpose,
          subject: String(pictureId),
          requiredClaims: ["exp"],
        });
        return true;
      } catch {
        return false;
      }
    },
  };
}
