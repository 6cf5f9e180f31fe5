import { OpenAPIHono } from "@hono/zod-openapi";
import { isPermission } from "../domain/policy.js";
import { invariant } from "../runtime/invariant.js";
import { createAllowedMethods } from "./allowed-methods.js";
import { boardPage, createBoard } from "./board.js";
import { boardPath } from "./board-access.js";
import type { ApiDependencies } from "./dependencies.js";
import type { Endpoint } from "./endpoint.js";
import type { ApiEnvironment } from "./environment.js";
import { type Doors, handle } from "./handle.js";
import { heardBus } from "./heard-bus.js";
import { KeyedCalls } from "./keyed-call.js";
import { answerError } from "./middleware/answer-error.js";
import { createAuthenticator } from "./middleware/authenticate.js";
import { createDemoCaller } from "./middleware/demo-caller.js";
import { frame } from "./middleware/frame.js";
import { describeAll, documentHead } from "./openapi.js";
import { respondProblem } from "./respond.js";
import { endpoints as allEndpoints } from "./routes/endpoints.js";

/** The API as a Hono app: all routes, nothing listening. Throws for a route that no row of the policy speaks of. */
export function createApp(
  deps: ApiDependencies,
  endpoints: readonly Endpoint[] = allEndpoints,
): OpenAPIHono<ApiEnvironment> {
  for (const { policy, method, path } of endpoints) invariant(isPermission(policy), `${method} ${path} has no policy`);
  const app = new OpenAPIHono<ApiEnvironment>({ strict: false });
  describeAll(app.openAPIRegistry, [...endpoints, boardPage]);
  let document: unknown;
  const authenticator = createAuthenticator(deps.db, deps.tokens, deps.config.TICKET_CAPACITY);
  deps.bus = heardBus(deps.bus, (order) => order.kind === "close_user" && authenticator.forget(order.userId));
  const doors: Doors = {
    authenticator,
    demoCaller: createDemoCaller(deps.db),
    keyedCalls: new KeyedCalls(deps),
    document: () => {
      document ??= app.getOpenAPI31Document(documentHead);
      return document;
    },
  };
  app.use("*", frame(deps));
  for (const endpoint of endpoints) {
    app.on(endpoint.method.toUpperCase(), routerPath(endpoint.path), handle(endpoint, deps, doors));
  }
  const board = createBoard(deps, doors);
  app.get(boardPath, board);
  app.all(`${boardPath}/*`, board);
  const allowedMethods = createAllowedMethods(endpoints);
  app.notFound((c) => {
    const methods = allowedMethods(c.req.path);
    if (methods.length === 0) return respondProblem(c, "not_found", "There is nothing at this path.");
    const allow = methods.join(", ");
    return respondProblem(c, "method_not_allowed", `This path takes ${allow}.`, {}, { allow });
  });
  app.onError((error, c) => answerError(deps.limits.judged(c, error), c));
  return app;
}

/** A path as Hono's router writes it; the slash at its end is optional for callers. */
export function routerPath(path: string): string {
  const bare = path.length > 1 ? path.replace(/\/$/, "") : path;
  return bare.replace(/\{(\w+)\}/g, ":$1");
}
