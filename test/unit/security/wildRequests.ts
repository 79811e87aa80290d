import fc from "fast-check";
import type { ApiRoute, JsonSchema } from "./openApi.js";

/** A request as bytes, and whether its sender waits for the answer or goes away in the middle of it. */
export interface WildRequest {
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QQQ"];
const HOSTILE_TEXTS = [
  ...["", "__proto__", "constructor", "toString", "null", "NaN", "-1", "1e308", "0x", "9".repeat(400)],
  ...["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%", "%zz", "%00", "%ff%fe", "%E0%80%80", "\u0000", "\u202e", "𝕏"],
  ...["' or 1=1--", "${jndi:ldap://x}", "<script>", "a".repeat(3_000), "ND:1", "ND:99999999999999999999", "latest"],
];

const junkText = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: "binary", maxLength: 40 }));

/** What a schema asks for, more or less: patterns and types hold, relations between fields do not. */
export function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(fitting));
  switch (schema.type) {
    case "object":
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, of]) => [key, fitting(of)])),
      );
    case "array":
      return fc.array(fitting(schema.items ?? {}), { maxLength: 5 });
    case "integer":
    case "number":
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 2 ** 31 - 1, 2 ** 31 - 1) });
    case "boolean":
      return fc.boolean();
    case "string":
      return textOf(schema);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** JSON that fits, JSON that nearly fits, and JSON that was never meant to. */
export function wildJson(schema: JsonSchema | undefined): fc.Arbitrary<string> {
  const good = fitting(schema ?? {});
  const hostile = fc.oneof(
    junkText,
    fc.constantFrom(null, true, -0.5, 2 ** 53, [], {}, [[]]),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const changed = fc
    .tuple(good, fc.nat(), hostile, fc.constantFrom("replace", "remove", "add"))
    .map(([value, at, other, how]) => JSON.stringify(change(value, at, other, how)));
  const polluted = good.map((value) => {
    const inner = JSON.stringify(value).replace(
      /^\{/u,
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}},',
    );
    return inner.replace(/,\}$/u, "}");
  });
  const twice = good.map((value) => JSON.stringify(value).replace(/^\{("[^"]+":)/u, "{$1null,$1"));
  return fc.oneof(
    { weight: 3, arbitrary: good.map((value) => JSON.stringify(value)) },
    { weight: 4, arbitrary: changed },
    { weight: 1, arbitrary: polluted },
    { weight: 1, arbitrary: twice },
    { weight: 1, arbitrary: fc.constantFrom("[".repeat(20_000), '{"a":'.repeat(5_000), `[${"0,".repeat(20_000)}0]`) },
    { weight: 1, arbitrary: fc.nat({ max: 200_000 }).map((length) => JSON.stringify("x".repeat(length))) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 100 }) },
  );
}

/** A path of the route with anything in its places, and any query. */
export function wildPath({ path, inPath, inQuery }: ApiRoute): fc.Arbitrary<string> {
  const places = Object.entries(inPath).map(([name, schema]) =>
    fc.oneof(fitting(schema).map(asText), junkText).map((value) => [name, value] as const),
  );
  const names = [...Object.keys(inQuery), "__proto__", "constructor[prototype][x]", "limit", ""];
  const pair = fc
    .constantFrom(...names)
    .chain((name) =>
      fc.tuple(fc.constant(name), fc.oneof(fitting(inQuery[name] ?? { type: "string" }).map(asText), junkText)),
    );
  return fc.tuple(fc.tuple(...places), fc.array(pair, { maxLength: 4 }), fc.boolean()).map(([filled, pairs, isRaw]) => {
    const encode = isRaw ? raw : encodeURIComponentLoosely;
    let text = path;
    for (const [name, value] of filled) text = text.replace(`{${name}}`, () => encode(value));
    const query = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
    return query === "" ? text : `${text}?${query}`;
  });
}

/** Anything that a client can send to a route, whatever its own method and body. */
export function wildRequest(route: ApiRoute): fc.Arbitrary<WildRequest> {
  const method = fc.oneof({ weight: 4, arbitrary: fc.constant(route.method) }, fc.constantFrom(...METHODS));
  const body = fc.oneof(
    fc.constant(undefined),
    { weight: 3, arbitrary: wildJson(route.body).map((text) => Buffer.from(text)) },
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  const cut = fc.option(fc.double({ min: 0.05, max: 0.99, noNaN: true }), { freq: 6, nil: undefined });
  return fc.tuple(method, wildPath(route), wildHeaders, body, fc.boolean(), cut).map(assemble);
}

const wildHeaders = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...[
        "content-type: application/json",
        "content-type: application/json; charset=utf-16",
        "content-type: text/plain",
      ],
      ...[
        "content-type: multipart/form-data; boundary=x",
        "content-type: ;;;",
        "content-type: application/octet-stream",
      ],
      ...["content-encoding: gzip", "expect: 100-continue", "accept: */*, text/event-stream", "connection: upgrade"],
      ...["upgrade: websocket", "x-forwarded-for: 1.2.3.4, ::1", "authorization: Bearer x", "range: bytes=0-1"],
      ...["if-none-match: *", "cookie: __proto__=1", "accept-version: 9", "host: other.example", "last-event-id: -1"],
      ...["x-http-method-override: DELETE", `x-long: ${"y".repeat(20_000)}`, "content-length: 5", "te: trailers"],
    ),
    fc.string({ maxLength: 20 }).map((value) => `x-any: ${value.replace(/[^\x20-\x7e]/gu, "?")}`),
  ),
  { maxLength: 4 },
);

type Parts = [string, string, string[], Buffer | undefined, boolean, number | undefined];

function assemble([method, path, headers, body, isChunked, cutAt]: Parts): WildRequest {
  const lines = [`${method} ${path} HTTP/1.1`, "host: 127.0.0.1", "connection: close", ...headers];
  const isHead = body === undefined;
  if (!isHead) lines.push(isChunked ? "transfer-encoding: chunked" : `content-length: ${body.length}`);
  const payload = body === undefined ? Buffer.alloc(0) : isChunked ? chunksOf(body) : body;
  const bytes = Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "utf8"), payload]);
  // A false length without a body makes the server wait for more, which a client that goes away never sends.
  const isShort = isHead && headers.some((line) => line.startsWith("content-length"));
  const isCut = cutAt !== undefined || isShort;
  return { bytes: cutAt === undefined ? bytes : bytes.subarray(0, Math.ceil(bytes.length * cutAt)), isCut };
}

function chunksOf(body: Buffer): Buffer {
  const whole = body.length === 0 ? "" : `${body.length.toString(16)}\r\n`;
  return Buffer.concat([Buffer.from(whole), body, Buffer.from(body.length === 0 ? "0\r\n\r\n" : "\r\n0\r\n\r\n")]);
}

function textOf({ pattern, minLength = 0, maxLength = 60 }: JsonSchema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, "u"));
  return fc.string({ minLength: Math.min(minLength, 200), maxLength: Math.min(maxLength, 200) });
}

function change(value: unknown, at: number, other: unknown, how: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return other;
  const keys = Object.keys(value);
  if (how === "add" || keys.length === 0) return { ...value, surprise: other };
  const key = keys[at % keys.length] as string;
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return how === "remove" ? rest : { ...rest, [key]: other };
}

/** As it would stand in a path or query. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** As it is, without what would end the request's first line. */
function raw(value: string): string {
  return value.replace(/[\s\p{Cc}]/gu, "");
}

function encodeURIComponentLoosely(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}
