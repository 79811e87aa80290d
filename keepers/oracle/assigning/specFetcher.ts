import type { Clock } from "../../core/clock.js";
import { KeeperError } from "../../core/errors.js";
import type { Hash } from "../../protocol/bytes.js";
import { MAX_SPEC_BYTES } from "../../protocol/jobSpec.js";

/** The part of the global `fetch` that is used, so that tests can replace it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface SpecFetcherOptions {
  /** Deeploy services, without a slash at the end; asked one after the other. */
  readonly urls: readonly string[];
  /** For one answer. Milliseconds. */
  readonly timeoutMs: number;
}

export interface SpecFetcherDependencies {
  readonly clock: Pick<Clock, "schedule">;
  /** Default: the global one. */
  readonly fetch?: Fetch | undefined;
}

/**
 * The bytes of a specification from the first service that has some; undefined when none has. They are not checked: whoever
 * asks knows their hash. Rejects with `SPEC_UNREACHABLE` (retriable) when none had it and one did not answer.
 */
export async function fetchSpec(
  hash: Hash,
  { urls, timeoutMs }: SpecFetcherOptions,
  dependencies: SpecFetcherDependencies,
): Promise<Uint8Array | undefined> {
  let failure: unknown;
  for (const url of urls) {
    try {
      const bytes = await ask(`${url}/jobs/specs/${hash}`, timeoutMs, dependencies);
      if (bytes !== undefined) return bytes;
    } catch (error) {
      failure = error;
    }
  }
  if (failure === undefined) return undefined;
  const message = `no Deeploy service has the specification ${hash}, and not all of them answer`;
  throw new KeeperError("SPEC_UNREACHABLE", message, { retriable: true, cause: failure });
}

async function ask(
  url: string,
  timeoutMs: number,
  { clock, fetch: request = fetch }: SpecFetcherDependencies,
): Promise<Uint8Array | undefined> {
  const limit = new AbortController();
  const cancel = clock.schedule(timeoutMs, () => limit.abort());
  try {
    const response = await request(url, { signal: limit.signal, redirect: "error" });
    return response.status === 200 ? await readBounded(response) : undefined;
  } finally {
    cancel();
  }
}

/** Undefined for what is longer than any specification. */
async function readBounded(response: Response): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_SPEC_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
