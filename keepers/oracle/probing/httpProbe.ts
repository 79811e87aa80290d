import { lookup as resolve, type LookupAddress, type LookupOptions } from "node:dns";
import { request as requestHttp, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";

import type { Clock } from "../../core/clock.js";
import { KeeperError } from "../../core/errors.js";
import { isPublicAddress } from "./publicAddress.js";

/** What came of a probe. Bounded: these are metric labels too. */
export const PROBE_VERDICTS = ["OK", "BAD_STATUS", "UNREACHABLE", "TIMEOUT", "FORBIDDEN", "NO_ENDPOINT"] as const;
export type ProbeVerdict = (typeof PROBE_VERDICTS)[number];

/** Asks a URL once; never rejects. */
export type Probe = (url: string) => Promise<ProbeVerdict>;

export interface HttpProbeOptions {
  /** From the beginning to the status line, name look-up included. Milliseconds. */
  readonly timeoutMs: number;
  /** Visits addresses that are not public too: for networks on one machine. */
  readonly allowPrivate: boolean;
}

const MOST_HEADER_BYTES = 8_192;
const LONGEST_URL = 2_048;

/**
 * A GET whose answer has to begin with a status from 200 to 399 in time. The URL is somebody else's: only public addresses are
 * visited, whatever a name leads to; redirects are not followed, nothing is sent but the request, and no body is read.
 */
export function httpProbe(options: HttpProbeOptions, dependencies: { readonly clock: Pick<Clock, "schedule"> }): Probe {
  return async (text) => {
    const url = readUrl(text);
    if (url === undefined || !mayVisit(url, options)) return "FORBIDDEN";
    const late = new AbortController();
    const cancel = dependencies.clock.schedule(options.timeoutMs, () => late.abort());
    try {
      const status = await statusOf(url, options, late.signal);
      return status >= 200 && status < 400 ? "OK" : "BAD_STATUS";
    } catch (error) {
      if (late.signal.aborted) return "TIMEOUT";
      return error instanceof KeeperError ? "FORBIDDEN" : "UNREACHABLE";
    } finally {
      cancel();
    }
  };
}

function readUrl(text: string): URL | undefined {
  const url = text.length <= LONGEST_URL && URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  return isHttp && url.username === "" && url.password === "" ? url : undefined;
}

/** An address that is written out is not looked up. */
function mayVisit({ hostname }: URL, { allowPrivate }: HttpProbeOptions): boolean {
  const host = hostname.replace(/^\[|\]$/gu, "");
  return allowPrivate || isIP(host) === 0 || isPublicAddress(host);
}

function statusOf(url: URL, { allowPrivate }: HttpProbeOptions, signal: AbortSignal): Promise<number> {
  const options: RequestOptions = {
    method: "GET",
    agent: false,
    signal,
    maxHeaderSize: MOST_HEADER_BYTES,
    headers: { accept: "*/*", "user-agent": "r1-oracle", connection: "close" },
    ...(allowPrivate ? {} : { lookup: lookUpPublic }),
  };
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((found, failed) => {
    const request = send(url, options, (response) => {
      found(response.statusCode ?? 0);
      response.destroy();
    });
    request.on("error", failed);
    request.end();
  });
}

/** What is connected to is what was looked at: a name cannot lead elsewhere in between. */
const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true } as LookupOptions & { all: true }, (error, found) => {
    const addresses = (found as LookupAddress[] | undefined)?.filter(({ address }) => isPublicAddress(address)) ?? [];
    const [first] = addresses;
    if (error) return callback(error, "");
    if (first === undefined) {
      return callback(new KeeperError("ADDRESS_FORBIDDEN", `${hostname} has no public address`), "");
    }
    if (options.all === true) return callback(null, addresses);
    callback(null, first.address, first.family);
  });
};
