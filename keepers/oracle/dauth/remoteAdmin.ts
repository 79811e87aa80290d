import { z } from "zod";
import type { Clock } from "../../core/clock.js";
import { describeError, KeeperError, maskUrls } from "../../core/errors.js";
import type { BrokerAdmin } from "./brokerAdmin.js";
import type { Credentials } from "./credentials.js";

export interface RemoteAdminOptions {
  /** APIs of oracles that administer the broker, asked in this order until one answers. */
  readonly urls: readonly string[];
  readonly timeoutMs: number;
}

export interface RemoteAdminDependencies {
  readonly clock: Pick<Clock, "schedule">;
  /** Default: the global one. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

const refusalSchema = z.object({ code: z.string(), message: z.string() });
const OK = 200;
const FORBIDDEN = 403;
const MOST_SAID = 300;

/**
 * Has the oracle that administers the broker make credentials known there. Nothing else has to be shown to it: credentials
 * prove themselves, and that oracle looks at the chain with its own eyes. It also sees to revocation.
 */
export class RemoteAdmin implements BrokerAdmin {
  #problem: string | undefined;
  readonly #options: RemoteAdminOptions;
  readonly #dependencies: RemoteAdminDependencies;

  constructor(options: RemoteAdminOptions, dependencies: RemoteAdminDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** What the administrators said when they were last asked. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async grant(credentials: Credentials): Promise<void> {
    const failures: string[] = [];
    for (const url of this.#options.urls) {
      const failure = await this.#ask(url, credentials);
      if (failure === undefined) {
        this.#problem = undefined;
        return;
      }
      failures.push(`${maskUrls(url)}: ${failure}`);
    }
    const message = `no administrator of the broker let ${credentials.username} in: ${failures.join("; ")}`;
    this.#problem = message;
    throw new KeeperError("BROKER_ADMIN_OFFLINE", message, { retriable: true });
  }

  review(): void {
    // The administrator does.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Undefined when it was done; otherwise why not. */
  async #ask(base: string, { username, password }: Credentials): Promise<string | undefined> {
    const stop = new AbortController();
    const { timeoutMs } = this.#options;
    const cancel = this.#dependencies.clock.schedule(timeoutMs, () =>
      stop.abort(new Error(`silent for ${timeoutMs} ms`)),
    );
    try {
      const response = await (this.#dependencies.fetch ?? fetch)(`${base.replace(/\/+$/u, "")}/dauth/broker`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username, password }),
        signal: stop.signal,
        redirect: "error",
      });
      return await this.#read(response);
    } catch (error) {
      return describeError(error);
    } finally {
      cancel();
    }
  }

  async #read(response: Response): Promise<string | undefined> {
    if (response.status === OK) return undefined;
    const { data } = refusalSchema.safeParse(await response.json().catch(() => undefined));
    const said = data === undefined ? "" : ` ${data.message.replace(/\p{C}+/gu, " ").slice(0, MOST_SAID)}`;
    return `${response.status === FORBIDDEN ? "refused:" : `status ${response.status}:`}${said}`;
  }
}
