import type { Endpoint, Publisher } from "../../containers/agent/types.js";
import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { type BackoffOptions, retry } from "../../core/retry.js";
import { Gateway, type GatewayOptions } from "../../ingress/gateway.js";
import type { GatewayMeter } from "../../ingress/metrics.js";
import type { Tunnel } from "../../ingress/tunnel.js";

export interface FrontOptions {
  readonly gateway: GatewayOptions;
  /** Where the operator says that it is reached; default: what the tunnel says, and without one where it listens. */
  readonly publicUrl?: string | undefined;
  /** Waits between attempts at a tunnel that did not start. */
  readonly backoff: BackoffOptions;
}

export interface FrontDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly meter?: GatewayMeter | undefined;
  /** A tunnel that was not started yet, for each attempt; default: none is wanted. */
  readonly openTunnel?: ((onUrl: (url: string) => void) => Tunnel) | undefined;
}

/** No address that anybody could go to. */
const EVERYWHERE = ["0.0.0.0", "::"];

/** Where this node's jobs are reached from outside: its gateway, and a tunnel to it where one is wanted. */
export class Front implements Publisher {
  readonly #options: FrontOptions;
  readonly #dependencies: FrontDependencies;
  readonly #abort = new AbortController();
  #gateway: Gateway | undefined;
  #tunnel: Tunnel | undefined;
  #tunnelUrl: string | undefined;

  constructor(options: FrontOptions, dependencies: FrontDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** What to tell others; empty while nobody reaches it. */
  get url(): string {
    const { publicUrl } = this.#options;
    if (publicUrl !== undefined) return publicUrl;
    if (this.#dependencies.openTunnel !== undefined) return this.#tunnelUrl ?? "";
    const isEverywhere = EVERYWHERE.includes(this.#options.gateway.host);
    return isEverywhere ? "" : (this.#gateway?.url ?? "");
  }

  /**
   * Listens; a tunnel follows when it can: without it everything else goes on. Rejects with `GATEWAY_LISTEN_FAILED` or
   * `CERTIFICATE_INVALID`.
   * @param onChange told when `url` changes
   */
  async start(onChange: () => void): Promise<void> {
    const gateway = await Gateway.start(this.#options.gateway, this.#dependencies);
    this.#gateway = gateway;
    if (this.#abort.signal.aborted) return gateway.close();
    const { openTunnel, logger } = this.#dependencies;
    logger.info("the gateway listens", { url: gateway.url });
    if (this.#options.publicUrl === undefined && openTunnel === undefined) {
      logger.warn("NODE_GATEWAY_URL is empty: others than this machine do not know where to reach jobs");
    }
    if (openTunnel !== undefined) void this.#dig(gateway.url, openTunnel, onChange);
  }

  async publish(jobId: bigint, name: string, target: Endpoint | undefined): Promise<void> {
    await this.#gateway?.setRoute(jobId, { name, target });
  }

  async withdraw(jobId: bigint): Promise<void> {
    await this.#gateway?.removeRoute(jobId);
  }

  /** Requests under way get a little time. Idempotent. */
  async close(): Promise<void> {
    this.#abort.abort();
    await Promise.all([this.#tunnel?.close(), this.#gateway?.close()]);
  }

  /** Begins anew for as long as it takes. */
  async #dig(
    localUrl: string,
    openTunnel: NonNullable<FrontDependencies["openTunnel"]>,
    onChange: () => void,
  ): Promise<void> {
    const { clock, random, logger } = this.#dependencies;
    const { signal } = this.#abort;
    const onUrl = (url: string): void => {
      if (signal.aborted || url === this.#tunnelUrl) return;
      this.#tunnelUrl = url;
      onChange();
    };
    const attempt = async (): Promise<void> => {
      const tunnel = openTunnel(onUrl);
      this.#tunnel = tunnel;
      onUrl(await tunnel.start(localUrl));
    };
    const onRetry = (error: unknown): void => {
      logger.error("the tunnel did not start; jobs are not reached through it", { error: describeError(error) });
    };
    const options = { ...this.#options.backoff, attempts: Infinity, signal, onRetry, isRetriable: () => true };
    await retry(attempt, options, { clock, random }).catch(() => undefined);
  }
}
