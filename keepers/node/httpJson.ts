import type { Clock } from "../core/clock.js";
import { KeeperError, maskUrls } from "../core/errors.js";

/** The part of the global `fetch` that is used, so that tests can replace it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface JsonRequest {
  readonly url: string;
  /** Sent as JSON with POST; without it the request is a GET. */
  readonly body?: unknown;
  /** For the whole answer, its body included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface JsonAnswer {
  readonly status: number;
  /** Undefined when the body is not JSON. */
  readonly body: unknown;
}

export interface BytesAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

export interface HttpDependencies {
  readonly clock: Clock;
  /** Default: the global one. */
  readonly fetch?: Fetch | undefined;
}

const maximumBytes = 262_144;

/** One request whose answer is JSON. Rejects as `requestBytes` does. */
export async function requestJson(request: JsonRequest, dependencies: HttpDependencies): Promise<JsonAnswer> {
  const { status, bytes } = await requestBytes(request, dependencies);
  return { status, body: parse(new TextDecoder().decode(bytes)) };
}

/**
 * One request. Redirections are not followed. Rejects with `HTTP_FAILED` (no usable answer, retriable), `HTTP_TIMEOUT`
 * (retriable), `HTTP_TOO_LARGE` (over 256 KiB), or the signal's reason.
 */
export async function requestBytes(request: JsonRequest, dependencies: HttpDependencies): Promise<BytesAnswer> {
  const limit = new AbortController();
  const place = maskUrls(request.url);
  const cancel = dependencies.clock.schedule(request.timeoutMs, () =>
    limit.abort(
      new KeeperError("HTTP_TIMEOUT", `no answer from ${place} within ${request.timeoutMs} ms`, { retriable: true }),
    ),
  );
  const signal = request.signal === undefined ? limit.signal : AbortSignal.any([limit.signal, request.signal]);
  try {
    const response = await (dependencies.fetch ?? fetch)(request.url, requestInit(request.body, signal));
    return { status: response.status, bytes: await readBounded(response, place) };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof KeeperError) throw cause;
    throw new KeeperError("HTTP_FAILED", `no answer from ${place}`, { retriable: true, cause });
  } finally {
    cancel();
  }
}

function requestInit(body: unknown, signal: AbortSignal): RequestInit {
  const common: RequestInit = { signal, redirect: "error" };
  if (body === undefined) return common;
  return { ...common, method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

async function readBounded(response: Response, place: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > maximumBytes) {
      throw new KeeperError("HTTP_TOO_LARGE", `the answer of ${place} has more than ${maximumBytes} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
