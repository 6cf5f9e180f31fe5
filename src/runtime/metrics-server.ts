import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Service } from "./lifecycle.js";
import type { Logger } from "./logger.js";
import type { SystemPages } from "./system-pages.js";

export interface MetricsServerOptions {
  pages: SystemPages;
  host: string;
  /** 0: none is opened. */
  port: number;
  logger: Logger;
}

/** Ports that are tried, from the one that is set on: several workers may run on one machine. */
const portsTried = 16;

/**
 * The pages of a process that serves nothing else. It takes its port or the next free one, of sixteen; where it gets
 * none, it says so and the process works without: figures never stand in the way of the work.
 */
export class MetricsServer implements Service {
  readonly name = "metrics";
  readonly #options: MetricsServerOptions;
  #server: Server | null = null;

  constructor(options: MetricsServerOptions) {
    this.#options = options;
  }

  /** Where it listens; null: nowhere. */
  get port(): number | null {
    return this.#server ? (this.#server.address() as AddressInfo).port : null;
  }

  async start(): Promise<void> {
    const { host, port, logger } = this.#options;
    if (port === 0) return;
    for (let tried = port; tried < port + portsTried; tried++) {
      try {
        this.#server = await this.#listen(tried);
        logger.info({ host, port: tried }, "metrics are served");
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") continue;
        logger.warn({ err: error, host, port: tried }, "metrics are not served");
        return;
      }
    }
    logger.warn({ host, port, tried: portsTried }, "metrics are not served: the ports are taken");
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  #listen(port: number): Promise<Server> {
    const server = createServer((req, res) => {
      const request = {
        method: req.method ?? "",
        path: (req.url ?? "/").split("?", 1)[0] ?? "/",
        header: (name: string) => {
          const value = req.headers[name];
          return Array.isArray(value) ? value.join(", ") : value;
        },
        remoteAddress: req.socket.remoteAddress ?? "",
      };
      const notFound = { status: 404, contentType: "application/json", body: '{"status":"not_found"}' };
      this.#options.pages.answer(request).then(
        (answer) => {
          const { status, contentType, body } = answer ?? notFound;
          res.writeHead(status, { "content-type": contentType, "cache-control": "no-store" });
          res.end(req.method === "HEAD" ? undefined : body);
        },
        (error) => {
          this.#options.logger.warn({ err: error }, "a page failed");
          res.writeHead(500).end();
        },
      );
    });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, this.#options.host, () => resolve(server));
    });
  }
}
