import { seal, unseal } from "./seal.js";

/** Keeps secrets in the database so that only this desk's processes can read them. */
export interface SecretBox {
  seal(text: string): string;
  /** Throws for what none of the desk's secrets opens. */
  unseal(sealed: string): string;
}

/** Seals with the desk's secret; opens what its secrets so far have sealed (JWT_SECRET, JWT_PREVIOUS_SECRETS). */
export function openSecretBox(secret: string, previous: readonly string[] = []): SecretBox {
  return {
    seal: (text) => seal(text, secret),
    unseal: (sealed) => {
      for (const each of [secret, ...previous]) {
        try {
          return unseal(sealed, each);
        } catch {
          // sealed with another one
        }
      }
      throw new Error("sealed with a JWT_SECRET that is neither set nor among JWT_PREVIOUS_SECRETS");
    },
  };
}
