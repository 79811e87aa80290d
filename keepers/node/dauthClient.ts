import type { z } from "zod";
import { describeError, KeeperError, maskUrls } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { type Address, bytesToHex } from "../protocol/bytes.js";
import type { Signer } from "../protocol/signing.js";
import { sessionData, type SigningDomain, typedDataBytes } from "../protocol/typedData.js";
import { type HttpDependencies, type JsonAnswer, requestJson } from "./httpJson.js";
import { challengeSchema, type NodeSession, printable, type Refusal, refusalSchema, sessionSchema } from "./session.js";

/** What the oracles make of a node. */
export type Verdict =
  | { readonly kind: "granted"; readonly session: NodeSession; readonly oracle: string }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface SessionRequestOptions {
  readonly signal?: AbortSignal;
  /** Asks the oracle of the last session after all others: its broker did not keep the connection. */
  readonly elsewhere?: boolean;
}

/** Asks for a session; rejects with `DAUTH_UNAVAILABLE` (retriable) when nobody could tell. */
export interface SessionSource {
  request(options?: SessionRequestOptions): Promise<Verdict>;
}

export interface DauthClientOptions {
  /** Base URLs of oracles, asked in this order, beginning with the one that answered last. */
  readonly oracleUrls: readonly string[];
  /** The chain, and the NodeRegistry there. */
  readonly domain: SigningDomain;
  /** The deed's owner, when the node was told; the oracle then checks it. */
  readonly operator?: Address | undefined;
  /** For each of the two requests to an oracle. */
  readonly timeoutMs: number;
}

export interface DauthClientDependencies extends HttpDependencies {
  readonly key: Signer;
  readonly logger: Logger;
}

/** A challenge that lives longer than this is not signed: the signature could be kept for later use. Seconds. */
const longestChallenge = 3_600;
const unauthorized = 401;
const forbidden = 403;
const ok = 200;

/** What the usual statuses of an oracle mean; others are named by their number. */
const statusMeanings: Readonly<Record<number, string>> = {
  400: "it calls the request malformed",
  401: "it refuses the signature, or the challenge was used or has expired",
  429: "it is asked too often",
  503: "it has not caught up with the chain",
};

/**
 * The node's side of dAuth: proves the key to one oracle after the other until one grants a session. A refusal stands only
 * when no other oracle grants one, so that neither an oracle that lags behind the chain nor a hostile one can stop a node.
 */
export class DauthClient implements SessionSource {
  readonly #options: DauthClientOptions;
  readonly #dependencies: DauthClientDependencies;
  #preferred = 0;

  /** Throws `ORACLES_MISSING` without any URL. */
  constructor(options: DauthClientOptions, dependencies: DauthClientDependencies) {
    if (options.oracleUrls.length === 0) throw new KeeperError("ORACLES_MISSING", "no oracle's URL was given");
    this.#options = options;
    this.#dependencies = dependencies;
  }

  async request({ signal, elsewhere = false }: SessionRequestOptions = {}): Promise<Verdict> {
    const { oracleUrls } = this.#options;
    const failures: string[] = [];
    let refused: Verdict | undefined;
    for (const index of rotation(oracleUrls.length, this.#preferred + (elsewhere ? 1 : 0))) {
      const oracle = oracleUrls[index] as string;
      const verdict = await this.#ask(oracle, failures, signal);
      if (verdict?.kind === "granted") {
        this.#preferred = index;
        return verdict;
      }
      refused ??= verdict;
    }
    if (refused !== undefined) return refused;
    throw new KeeperError("DAUTH_UNAVAILABLE", `no oracle could answer: ${failures.join("; ")}`, { retriable: true });
  }

  /** Undefined when this oracle could not tell; the failure is logged and listed. */
  async #ask(oracle: string, failures: string[], signal: AbortSignal | undefined): Promise<Verdict | undefined> {
    try {
      return await this.#handshake(oracle, signal);
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`${maskUrls(oracle)}: ${describeError(error)}`);
      this.#dependencies.logger.debug("an oracle did not answer", { oracle, error: describeError(error) });
      return undefined;
    }
  }

  /** A challenge that ran out on the way is replaced once. */
  async #handshake(oracle: string, signal: AbortSignal | undefined): Promise<Verdict> {
    const first = await this.#exchange(oracle, signal);
    const answer = first.status === unauthorized ? await this.#exchange(oracle, signal) : first;
    if (answer.status === forbidden) {
      return { kind: "refused", refusal: { ...check(refusalSchema, answer.body), oracle: maskUrls(oracle) } };
    }
    expectOk(answer);
    const session = check(sessionSchema, answer.body);
    this.#checkSession(session);
    return { kind: "granted", session, oracle };
  }

  async #exchange(oracle: string, signal: AbortSignal | undefined): Promise<JsonAnswer> {
    const { key, clock } = this.#dependencies;
    const { operator, domain } = this.#options;
    const node = key.address;
    const answer = await this.#post(oracle, "dauth/challenge", { node }, signal);
    if (answer.status === forbidden) return answer;
    expectOk(answer);
    const { challenge, expiresAt } = check(challengeSchema, answer.body);
    if (expiresAt > clock.now() / 1_000 + longestChallenge) {
      throw new KeeperError("CHALLENGE_TOO_LONG", `its challenge would be valid for more than ${longestChallenge} s`);
    }
    const data = sessionData(domain, { node, challenge, expiresAt: BigInt(expiresAt) });
    const signature = bytesToHex(await key.signBytes(typedDataBytes(data)));
    const whose = operator === undefined ? {} : { operator };
    return this.#post(oracle, "dauth/session", { node, challenge, expiresAt, signature, ...whose }, signal);
  }

  #post(oracle: string, path: string, body: unknown, signal: AbortSignal | undefined): Promise<JsonAnswer> {
    const url = `${oracle.replace(/\/+$/u, "")}/${path}`;
    return requestJson({ url, body, timeoutMs: this.#options.timeoutMs, signal }, this.#dependencies);
  }

  #checkSession(session: NodeSession): void {
    const { address } = this.#dependencies.key;
    if (session.node === address) return;
    throw new KeeperError("SESSION_INVALID", `its session is for node ${session.node} instead of ${address}`);
  }
}

function rotation(length: number, first: number): number[] {
  return Array.from({ length }, (_, offset) => (first + offset) % length);
}

function expectOk({ status, body }: JsonAnswer): void {
  if (status === ok) return;
  const { data } = refusalSchema.partial().safeParse(body);
  const said = data?.message === undefined ? "" : ` (${printable(data.message)})`;
  throw new KeeperError("DAUTH_STATUS", `${statusMeanings[status] ?? `it answered with status ${status}`}${said}`);
}

function check<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw new KeeperError("ANSWER_INVALID", `its answer is not what the protocol says: ${fields.join(", ")}`);
}
