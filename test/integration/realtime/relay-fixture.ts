import { pino } from "pino";
import type { Database } from "../../../src/db/database.js";
import type { Role } from "../../../src/domain/policy.js";
import { databaseLog } from "../../../src/realtime/event-log.js";
import { userReader } from "../../../src/realtime/read-user.js";
import { Relay } from "../../../src/realtime/relay.js";
import type { RelayOptions } from "../../../src/realtime/relay-options.js";
import type { TransportFactory } from "../../../src/realtime/transport.js";
import { createTokens } from "../../../src/runtime/tokens.js";
import { onRandomPort } from "./random-port.js";

const tokens = createTokens({ secret: "a secret of thirty-two characters", accessTtlS: 900 });

export interface TestRelay {
  relay: Relay;
  /** ws://host:port */
  url: string;
  /** What it logged, line by line. */
  lines: string[];
}

/** A relay on a free port, fed by the test itself (`relay.onEvents`). */
export async function startRelay(
  db: Database,
  openTransport: TransportFactory,
  given: Partial<RelayOptions> & { openDemo?: boolean; allowedOrigins?: string[] } = {},
): Promise<TestRelay> {
  const lines: string[] = [];
  const make = (port: number) =>
    new Relay({
      host: "127.0.0.1",
      port,
      maxBufferBytes: 256 * 1024,
      maxSockets: 1000,
      trustProxy: false,
      log: databaseLog(db),
      auth: {
        verifyToken: (token) => tokens.verify(token),
        readUser: userReader(db),
        openDemo: given.openDemo ?? false,
        allowedHosts: [],
        allowedOrigins: given.allowedOrigins ?? [],
      },
      openTransport,
      logger: pino({ level: "debug" }, { write: (line: string) => void lines.push(line) }),
      ...given,
    });
  const relay = await onRandomPort(async (port) => {
    const made = make(port);
    await made.start();
    return made;
  });
  relay.setFed(true);
  return { relay, url: `ws://127.0.0.1:${relay.port}`, lines };
}

/** Makes a user, and a token of it that lives `ttlS` seconds. */
export async function makeUser(db: Database, role: Role, ttlS = 900): Promise<{ id: number; token: string }> {
  const user = await db.kysely
    .insertInto("users")
    .values({ role, name: `The ${role}` })
    .returning(["id", "token_version"])
    .executeTakeFirstOrThrow();
  return { id: user.id, token: await tokenFor(user.id, role, user.token_version, ttlS) };
}

/** A token for a user, also one that the user's row contradicts. */
export function tokenFor(sub: number, role: Role, tv = 0, ttlS = 900): Promise<string> {
  return tokens.sign({ sub, role, name: "", tv }, ttlS);
}
