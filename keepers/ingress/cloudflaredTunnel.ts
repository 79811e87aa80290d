import { type ChildProcess, spawn } from "node:child_process";
import type { Cancel, Clock } from "../core/clock.js";
import type { Environment } from "../core/config.js";
import { endsWithin } from "../core/endsWithin.js";
import { describeError, errorCode, KeeperError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { Random } from "../core/random.js";
import { backoffDelay, type BackoffOptions } from "../core/retry.js";
import type { Secret } from "../core/secret.js";
import type { Tunnel } from "./tunnel.js";

export interface CloudflaredOptions {
  /** Name or path of the program. */
  readonly program: string;
  /**
   * The tunnel that the operator made, with the public URL that leads to it and that he set to lead to the gateway. Without
   * it, each start gets a URL by chance that is good for trials only.
   */
  readonly named?: { readonly token: Secret; readonly publicUrl: string } | undefined;
  /** Time to be ready, once. Milliseconds. */
  readonly startMs: number;
  /** Time to end by itself before it is killed. */
  readonly closeMs: number;
  readonly backoff: BackoffOptions;
}

export interface CloudflaredDependencies {
  readonly clock: Clock;
  readonly random: Random;
  /** `PATH` and `HOME` are all that the program gets of it. */
  readonly environment: Environment;
  readonly logger?: Logger | undefined;
  /** A tunnel built anew without a name of its own has a new URL. */
  readonly onUrl?: (url: string) => void;
}

const QUICK_URL = /https:\/\/[a-z0-9-]+\.trycloudflare\.com/u;
const CONNECTED = "Registered tunnel connection";
const FAILED = / ERR (?<reason>.*)/u;
const MAX_LINE = 4_096;

/** A Tunnel through Cloudflare, as a `cloudflared` process of our own. */
export class CloudflaredTunnel implements Tunnel {
  readonly #options: CloudflaredOptions;
  readonly #dependencies: CloudflaredDependencies;
  readonly #ready = Promise.withResolvers<string>();
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #failures = 0;
  #reason = "it said nothing";
  #url: string | undefined;
  #cancelRestart: Cancel = () => undefined;
  #starting: Promise<string> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: CloudflaredOptions, dependencies: CloudflaredDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  start(localUrl: string): Promise<string> {
    this.#starting ??= this.#start(localUrl);
    return this.#starting;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(localUrl: string): Promise<string> {
    this.#launch(localUrl);
    const { startMs, program } = this.#options;
    try {
      if (await endsWithin(this.#ready.promise, startMs, this.#dependencies.clock)) return await this.#ready.promise;
      throw new KeeperError("TUNNEL_FAILED", `${program} was not ready in ${startMs} ms: ${this.#reason}`);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #launch(localUrl: string): void {
    if (this.#closing !== undefined) return;
    const { program } = this.#options;
    const child = spawn(program, this.#arguments(localUrl), {
      ...{ stdio: ["ignore", "pipe", "pipe"], env: this.#environment() },
    });
    const leave = (): boolean => child.kill("SIGKILL");
    process.once("exit", leave);
    this.#child = child;
    this.#url = this.#options.named?.publicUrl;
    for (const stream of [child.stdout, child.stderr]) eachLine(stream, (line) => this.#read(line));
    child.once("error", (error) => this.#spawnFailed(error));
    this.#ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        process.off("exit", leave);
        resolve();
        this.#restart(localUrl, `it ended with ${code ?? signal ?? "nothing"}`);
      });
    });
  }

  /** The token goes through the environment: everybody on the machine can read a command line. */
  #environment(): NodeJS.ProcessEnv {
    const { PATH, HOME } = this.#dependencies.environment;
    const { named } = this.#options;
    return { PATH, HOME, ...(named ? { TUNNEL_TOKEN: named.token.reveal() } : {}) };
  }

  #arguments(localUrl: string): string[] {
    const shared = ["tunnel", "--no-autoupdate"];
    return this.#options.named ? [...shared, "run"] : [...shared, "--url", localUrl];
  }

  #read(line: string): void {
    this.#url ??= QUICK_URL.exec(line)?.[0];
    const reason = FAILED.exec(line)?.groups?.["reason"];
    if (reason !== undefined) this.#reason = this.#withoutToken(reason);
    if (line.includes(CONNECTED) && this.#url !== undefined) this.#connected(this.#url);
  }

  #connected(url: string): void {
    this.#failures = 0;
    this.#dependencies.logger?.info("the tunnel is ready", { url });
    this.#ready.resolve(url);
    this.#dependencies.onUrl?.(url);
  }

  #spawnFailed(error: unknown): void {
    this.#reason = describeError(error);
    if (errorCode(error) !== "ENOENT") return;
    const message = `there is no program ${this.#options.program}; install cloudflared or say where it is`;
    this.#ready.reject(new KeeperError("TUNNEL_FAILED", message, { cause: error }));
  }

  #restart(localUrl: string, how: string): void {
    if (this.#closing !== undefined) return;
    const { clock, random, logger } = this.#dependencies;
    const delayMs = backoffDelay(this.#failures, this.#options.backoff, random);
    this.#failures += 1;
    logger?.warn("the tunnel is gone", { how, reason: this.#reason, delayMs });
    this.#cancelRestart = clock.schedule(delayMs, () => this.#launch(localUrl));
  }

  #withoutToken(text: string): string {
    const token = this.#options.named?.token.reveal();
    return token === undefined ? text : text.replaceAll(token, "[secret]");
  }

  async #close(): Promise<void> {
    this.#cancelRestart();
    const { closeMs } = this.#options;
    this.#child?.kill("SIGTERM");
    if (await endsWithin(this.#ended, closeMs, this.#dependencies.clock)) return;
    this.#child?.kill("SIGKILL");
    await endsWithin(this.#ended, closeMs, this.#dependencies.clock);
  }
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_LINE);
    for (const line of lines) onLine(line);
  });
}
