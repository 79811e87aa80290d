import type { IncomingMessage } from "node:http";

/** Names and values in turn, as Node's `rawHeaders`: order and repetition stay as they were. */
export type RawHeaders = readonly string[];

/** Meant for the next machine alone. */
const HOP_BY_HOP = new Set([
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"],
  ...["te", "trailer", "transfer-encoding", "upgrade", "expect", "http2-settings"],
]);
const FORWARDED = new Set([
  ...["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port"],
  ...["x-forwarded-prefix", "x-real-ip"],
]);

export interface Forwarding {
  /** Taken from the path. */
  readonly prefix: string;
  readonly protocol: "http" | "https";
  /** Whether whoever connects is a tunnel or proxy of ours, whose word counts. */
  readonly trusted: boolean;
}

/** What a job's container gets to see of a request's headers, with what the gateway knows of the client. */
export function requestHeaders(request: IncomingMessage, forwarding: Forwarding): string[] {
  const kept = without(request.rawHeaders, FORWARDED);
  const told = forwarded(request, forwarding);
  return [...kept, ...Object.entries(told).flatMap(([name, value]) => [name, value])];
}

/** What a client gets to see of a container's headers. */
export function responseHeaders(raw: RawHeaders): string[] {
  return without(raw, new Set());
}

function forwarded(request: IncomingMessage, { prefix, protocol, trusted }: Forwarding): Record<string, string> {
  const peer = request.socket.remoteAddress ?? "";
  const before = trusted ? request.headers["x-forwarded-for"] : undefined;
  const said = trusted ? request.headers["x-forwarded-proto"] : undefined;
  return {
    "x-forwarded-for": before === undefined ? peer : `${String(before)}, ${peer}`,
    "x-forwarded-proto": said === "https" || said === "http" ? said : protocol,
    "x-forwarded-host": request.headers.host ?? "",
    ...(prefix === "" ? {} : { "x-forwarded-prefix": prefix }),
  };
}

/** Without hop-by-hop headers, those that `Connection` names, and others. */
function without(raw: RawHeaders, others: ReadonlySet<string>): string[] {
  const named = new Set(connectionOptions(raw));
  return pairs(raw)
    .filter(([name]) => !isOneOf(name.toLowerCase(), HOP_BY_HOP, named, others))
    .flat();
}

function isOneOf(name: string, ...sets: readonly ReadonlySet<string>[]): boolean {
  return sets.some((set) => set.has(name));
}

/** `Content-Length` and `Host` stay whatever `Connection` says: without them the message would mean another. */
function connectionOptions(raw: RawHeaders): string[] {
  return pairs(raw)
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.split(",").map((option) => option.trim().toLowerCase()))
    .filter((option) => option !== "content-length" && option !== "host");
}

function pairs(raw: RawHeaders): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? "", raw[2 * index + 1] ?? ""]);
}
