import fc from "fast-check";
import { type Known, valid } from "./arbitrary-of.js";
import { almostValid, noObject } from "./broken.js";
import type { ApiDocument, Operation, Schema } from "./document.js";

export const actors = ["admin", "agent", "customer", "nobody", "forged"] as const;
export type ActorName = (typeof actors)[number];

/** A request as it will be sent; the actor's token and the host are added then. */
export interface FuzzRequest {
  actor: ActorName;
  method: string;
  /** Path and query, one byte a character. */
  target: string;
  headers: string[];
  body: Buffer | null;
  /** `path`: another route may answer it, or none; `http`: Node may refuse it before any route. */
  wild: "path" | "http" | null;
}

const strangeIds = fc.constantFrom(
  ...["0", "1", "-1", "007", "2147483648", "9007199254740991", "9007199254740993", "9".repeat(30), "1.5", "1e3", "0x1"],
  ...[
    "+1",
    "%31",
    "x",
    "null",
    "%20",
    "%00",
    "%ff",
    "%ED%A0%80",
    "%EF%BC%91",
    "a".repeat(3000),
    "{id}",
    ":id",
    "me",
    "%C3%A9",
  ],
);
const wildIds = fc.constantFrom(
  "..",
  ".",
  "%2e%2e",
  "%2F",
  "1%2F2",
  "%",
  "%zz",
  "%E0%A4%A",
  "*",
  "",
  "1;a=b",
  "1//",
  "\\",
  "a|b",
);

const strangeQuery = fc.constantFrom(
  ...[
    "",
    "%",
    "%zz",
    "%00",
    "a%00b",
    "%ff",
    "%ED%A0%80",
    "%F0%9F%98%80",
    "x".repeat(1001),
    "x".repeat(7000),
    "[]",
    "-1",
    "0",
  ],
  ...[
    "1e9",
    "9".repeat(30),
    "%27",
    "%5C",
    "*:*",
    "a:*%26b%7C!",
    "!!!",
    "(((",
    "%22%22%22",
    "%22a",
    "-%22a%22",
    "or",
    "+",
    "null",
  ],
  ...["eyJpZCI6MX0", "eyJpZCI6LTF9", "eyJpZCI6MWU0MDB9", "W10", "bnVsbA", "e30", "%E2%80%AE", "true", "NaN"],
);

const contentTypes = fc.oneof(
  { weight: 30, arbitrary: fc.constant("Content-Type: application/json") },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        ...[
          "text/plain",
          "application/x-www-form-urlencoded",
          "multipart/form-data",
          "multipart/form-data; boundary=a",
        ],
        ...[
          "application/json; charset=utf-16",
          "application/xml",
          "%C3%A9",
          "",
          "*/*",
          "application/json, application/json",
        ],
      )
      .map((type) => `Content-Type: ${type}`),
  },
);

const junkHeaders = fc.constantFrom(
  ...[
    "X-Request-Id: <script>",
    `X-Request-Id: ${"a".repeat(200)}`,
    "X-Request-Id: a b",
    "Accept: text/html",
    "Accept: x/y;q=z",
  ],
  ...["Accept-Encoding: gzip;q=x", "If-None-Match: *", "If-Modified-Since: never", "Range: bytes=0-5", "Origin: null"],
  ...[
    "Origin: https://elsewhere.example",
    "Sec-Fetch-Site: cross-site",
    "Cookie: switchboard_board=x; a",
    "Content-Encoding: gzip",
  ],
  ...[
    "X-Forwarded-For: ' OR 1",
    "X-Forwarded-Proto: ftp",
    "X-Forwarded-Host: elsewhere",
    "X-HTTP-Method-Override: DELETE",
  ],
  ...[
    "Idempotency-Key: a",
    `Idempotency-Key: ${"k".repeat(300)}`,
    "Idempotency-Key: ",
    "Idempotency-Key: é",
    "X-Api-Key: x",
  ],
  ...[
    "X-Api-Key: ",
    `X-Api-Key: ${"k".repeat(500)}`,
    "Traceparent: 00-x",
    "Accept-Language: *",
    "Expect: 100-continue",
  ],
  ...[
    "Authorization: Basic eDp5",
    "Authorization: Bearer",
    "Authorization: Bearer a b",
    "Authorization: bearer eyJhbGciOiJub25lIn0.e30.",
  ],
);

const brokenHttp = fc.constantFrom(
  ...[
    "no colon",
    "X-Null: a\0b",
    "X Space: a",
    "Transfer-Encoding: chunked",
    "Host: elsewhere.example",
    "Host: a b",
    "Host: [::1",
  ],
  ...[
    `X-Large: ${"x".repeat(20_000)}`,
    "Content-Length: -1",
    "Content-Length: 1e3",
    "Transfer-Encoding: gzip",
    ": a",
    "X-Fold: a\r\n b",
  ],
);

/** Requests to one operation: some as the document has them, most broken in a place or two. */
export function requestArbitrary(operation: Operation, document: ApiDocument, known: Known): fc.Arbitrary<FuzzRequest> {
  const { resolve } = document;
  const parts = fc.record({
    actor: fc.oneof(
      { weight: 6, arbitrary: fc.constant("admin" as ActorName) },
      { weight: 5, arbitrary: fc.constant("agent" as ActorName) },
      { weight: 2, arbitrary: fc.constant("customer" as ActorName) },
      { weight: 1, arbitrary: fc.constantFrom<ActorName>("nobody", "forged") },
    ),
    path: pathArbitrary(operation, known),
    query: queryArbitrary(operation, resolve, known),
    body: bodyArbitrary(operation, resolve, known),
    contentType: contentTypes,
    junk: sometimes(12, fc.array(junkHeaders, { minLength: 1, maxLength: 2 })),
    http: sometimes(
      60,
      brokenHttp.map((header) => [header]),
    ),
    method: sometimes(
      80,
      fc.constantFrom("HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND").map((method) => [method]),
    ),
  });
  return parts.map(({ actor, path, query, body, contentType, junk, http, method: [other] }) => ({
    actor,
    method: other ?? operation.method,
    target: path.text + query,
    headers: [...(body === null ? [] : [contentType]), ...junk, ...http],
    body,
    wild: http.length > 0 ? "http" : path.wild || other !== undefined ? "path" : null,
  }));
}

function sometimes<T>(oneIn: number, arbitrary: fc.Arbitrary<T[]>): fc.Arbitrary<T[]> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary });
}

function pathArbitrary({ path }: Operation, known: Known): fc.Arbitrary<{ text: string; wild: boolean }> {
  const pieces = path.split(/\{(\w+)\}/);
  const filled = pieces.map((piece, index) => {
    if (index % 2 === 0) return fc.constant({ text: piece, wild: false });
    const pick = (draw: number) => String(known.pick(`${pieces[0]}{${piece}}`, draw) ?? draw);
    return fc.oneof(
      { weight: 14, arbitrary: fc.nat(10_000).map((draw) => ({ text: pick(draw), wild: false })) },
      { weight: 4, arbitrary: strangeIds.map((text) => ({ text: Buffer.from(text).toString("latin1"), wild: false })) },
      { weight: 1, arbitrary: wildIds.map((text) => ({ text, wild: true })) },
    );
  });
  const bare = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
  return fc.tuple(fc.tuple(...filled), bare).map(([texts, slashless]) => {
    const text = texts.map((part) => part.text).join("");
    return {
      text: slashless && text.length > 1 ? text.replace(/\/$/, "") : text,
      wild: texts.some((part) => part.wild),
    };
  });
}

function queryArbitrary(operation: Operation, resolve: (schema: Schema) => Schema, known: Known): fc.Arbitrary<string> {
  const described = operation.parameters.filter((parameter) => parameter.in === "query");
  const named = described.map(({ name, schema = {} }) => {
    const good = valid(schema, resolve, known, name).map(
      (json) => `${name}=${encodeURIComponent(unquoted(json)).slice(0, 2000)}`,
    );
    const strange = strangeQuery.map((value) => `${name}=${value}`);
    return fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 4, arbitrary: good.map((one) => [one]) },
      { weight: 3, arbitrary: strange.map((one) => [one]) },
      { weight: 1, arbitrary: fc.tuple(good, strange).map((both) => both) },
      { weight: 1, arbitrary: fc.constantFrom(`${name}[]=1`, name, `${name}[a]=b`).map((one) => [one]) },
    );
  });
  const junk = sometimes(
    15,
    fc.constantFrom("a=b", "&&", "=", "%", "__proto__=1", "agent_id=1", "token=x").map((one) => [one]),
  );
  return fc.tuple(fc.tuple(...named), junk).map(([pairs, more]) => {
    const all = [...pairs.flat(), ...more];
    return all.length === 0 ? "" : `?${all.join("&")}`;
  });
}

function unquoted(json: string): string {
  const value: unknown = JSON.parse(json);
  // Half a surrogate pair has no form in UTF-8, and no place in an address.
  return typeof value === "string" ? Buffer.from(value).toString() : json;
}

function bodyArbitrary(
  operation: Operation,
  resolve: (schema: Schema) => Schema,
  known: Known,
): fc.Arbitrary<Buffer | null> {
  const { body } = operation;
  const none = { weight: 1, arbitrary: fc.constant(null) };
  if (!body) return fc.oneof({ weight: 20, arbitrary: none.arbitrary }, { weight: 1, arbitrary: noObject });
  return fc.oneof(
    { weight: 8, arbitrary: valid(body.schema, resolve, known).map((json) => Buffer.from(json)) },
    { weight: 8, arbitrary: almostValid(body.schema, resolve, known).map((json) => Buffer.from(json)) },
    { weight: 2, arbitrary: noObject },
    none,
  );
}
