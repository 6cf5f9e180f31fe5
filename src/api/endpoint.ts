import type { z } from "zod";
import type { CommandContext } from "../commands/context.js";
import type { KeyClaim } from "../db/queries/idempotency.js";
import type { ErrorCode } from "../domain/errors.js";
import type { Permission } from "../domain/policy.js";
import type { Sight } from "../domain/visibility.js";
import type { Caller } from "./caller.js";
import type { ApiDependencies } from "./dependencies.js";
import type { ApiContext } from "./environment.js";
import type { RouteClass } from "./middleware/rate-limit.js";
import type { FieldCodes } from "./middleware/validate.js";

/** What an endpoint is given once the call has been let in: parsed, signed in, allowed. */
export interface EndpointInput<Body, Query> {
  body: Body;
  query: Query;
  /** The `{id}` of the path; 0 on a path without one. */
  id: number;
  caller: Caller;
  /** For the command. */
  context: CommandContext;
  deps: ApiDependencies;
  /** What the caller sees of the tickets; what its path names is in it. */
  sight: Sight;
  /** The claim of an Idempotency-Key, for an endpoint that `gathers`: it keeps its answer itself, or throws KeyTaken. */
  claim: KeyClaim | null;
  /** The OpenAPI document of all endpoints. */
  document: () => unknown;
  /** For what needs the request itself: static files. */
  c: ApiContext;
}

/** An endpoint's answer: a status with what is sent as JSON, or a response of its own kind. */
export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | Response;

/** What an endpoint is: its path, who may call it (the policy's row), what it takes and answers. */
export interface EndpointDefinition<B extends z.ZodType, Q extends z.ZodType> {
  method: "get" | "post" | "put" | "patch" | "delete";
  /** As the contract writes it, `/api/messages/{id}/claim/`; a trailing slash is optional for callers. */
  path: string;
  tag: string;
  summary: string;
  /** The row of the policy that says who may call. */
  policy: Permission;
  /** What a call of it is counted as; by default a GET as `read`, anything else as `write`. */
  limit?: RouteClass;
  body?: B;
  /** The body may be left out. */
  bodyOptional?: true;
  /** What it takes in place of JSON: a form, which it reads itself, from the request, while it comes in. */
  form?: z.ZodType;
  /** Its request or its answer is a stream, so that it takes no Idempotency-Key. */
  streams?: true;
  /** Codes of faults in certain fields, where they are not `invalid_body`. */
  fieldCodes?: FieldCodes;
  query?: Q;
  /** The 404 of the noun: also what an `{id}` that is no id answers. */
  noun?: ErrorCode;
  /** Its `{id}` is no ticket's, whatever the noun says: it looks itself whether the caller may see it. */
  looksItself?: true;
  /** Its answer holds a secret that is shown once: kept for a repeated call, it is sealed with that call's key. */
  secret?: true;
  /** Whether a keyed call of it is gathered with others into one transaction, in place of having its own. */
  gathers?: (body: z.output<B>) => boolean;
  /** In the open demo mode the caller is the customer that the body names, unseen: no row is read for it. */
  demoAsCustomer?: true;
  answers: Record<number, { description: string; schema?: z.ZodType; mediaType?: string }>;
  /** What it can be refused with besides what every call can be. */
  refusals: readonly ErrorCode[];
  run: (input: EndpointInput<z.output<B>, z.output<Q>>) => Promise<Answer>;
}

/** An endpoint whose types have been checked where it was written. */
export type Endpoint = EndpointDefinition<z.ZodType, z.ZodType>;

/** Says what an endpoint is; `run` sees the types of its own schemas. */
export function endpoint<B extends z.ZodType = z.ZodUndefined, Q extends z.ZodType = z.ZodUndefined>(
  definition: EndpointDefinition<B, Q>,
): Endpoint {
  return definition as unknown as Endpoint;
}
