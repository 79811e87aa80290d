import { FetchRequest, JsonRpcProvider } from "ethers";
import type { z } from "zod";

import type { Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { retry } from "../core/retry.js";
import { describeRpcError, isChainAnswer } from "./rpcErrors.js";

/** A JSON-RPC connection; every ethers `JsonRpcApiProvider` is one. */
export interface RpcClient {
  send(method: string, params: unknown[]): Promise<unknown>;
}

export interface RpcOptions {
  /** Tries for one call, the first included. */
  readonly attempts: number;
  /** Milliseconds that one try may take. */
  readonly timeoutMs: number;
  /** Milliseconds before the second try; doubles from there. */
  readonly backoffMs: number;
  /** Longest wait between two tries, milliseconds. */
  readonly maximumBackoffMs: number;
}

/** What suits a public endpoint. */
export const defaultRpcOptions: RpcOptions = {
  attempts: 5,
  timeoutMs: 10_000,
  backoffMs: 250,
  maximumBackoffMs: 5_000,
};

export interface RpcDependencies {
  readonly client: RpcClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
}

/** Calls with a time-out, tried again when that may help, and whose answers are checked before anybody uses them. */
export class Rpc {
  readonly #options: RpcOptions;
  readonly #dependencies: RpcDependencies;

  constructor(options: RpcOptions, dependencies: RpcDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /**
   * @throws KeeperError `RPC_FAILED`, `RPC_TIMEOUT` or `RPC_BAD_ANSWER`, retriable; what the chain itself answers (a
   * revert, a refused transaction) comes through as the client threw it, at once.
   */
  async call<T>(method: string, params: unknown[], schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
    const { attempts, backoffMs, maximumBackoffMs } = this.#options;
    const options = {
      attempts,
      baseMs: backoffMs,
      maximumMs: maximumBackoffMs,
      isRetriable: (error: unknown) => error instanceof KeeperError && error.retriable,
      onRetry: (error: unknown, attempt: number) => this.#noteRetry(method, error, attempt),
    };
    const once = (): Promise<T> => this.callOnce(method, params, schema);
    return retry(once, signal === undefined ? options : { ...options, signal }, this.#dependencies);
  }

  /** The same without a second try. */
  async callOnce<T>(method: string, params: unknown[], schema: z.ZodType<T>): Promise<T> {
    const answer = await this.#send(method, params);
    const result = schema.safeParse(answer);
    if (result.success) return result.data;
    const issues = result.error.issues.map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`);
    const message = `the answer to ${method} makes no sense: ${issues.slice(0, 3).join("; ")}`;
    throw new KeeperError("RPC_BAD_ANSWER", message, { retriable: true });
  }

  async #send(method: string, params: unknown[]): Promise<unknown> {
    const { clock, client } = this.#dependencies;
    const { timeoutMs } = this.#options;
    const expiry = Promise.withResolvers<never>();
    const cancel = clock.schedule(timeoutMs, () => {
      const message = `no answer to ${method} within ${timeoutMs} ms`;
      expiry.reject(new KeeperError("RPC_TIMEOUT", message, { retriable: true }));
    });
    try {
      return await Promise.race([client.send(method, params), expiry.promise]);
    } catch (error) {
      if (error instanceof KeeperError || isChainAnswer(error)) throw error;
      // The library's own error names the URL, which may hold a key: only its text goes on.
      throw new KeeperError("RPC_FAILED", `${method} failed: ${describeRpcError(error)}`, { retriable: true });
    } finally {
      cancel();
    }
  }

  #noteRetry(method: string, error: unknown, attempt: number): void {
    this.#dependencies.logger?.debug("trying a call to the chain again", {
      method,
      attempt,
      error: describeRpcError(error),
    });
  }
}

/** A provider for a keeper: it asks nothing by itself, and ends with `destroy()`. */
export function openProvider(url: string, chainId: number, timeoutMs = defaultRpcOptions.timeoutMs): JsonRpcProvider {
  const request = new FetchRequest(url);
  request.timeout = timeoutMs;
  return new JsonRpcProvider(request, chainId, { staticNetwork: true, batchMaxCount: 1 });
}
