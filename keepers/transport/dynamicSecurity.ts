import { z } from "zod";
import type { Cancel, Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";
import type { Random } from "../core/random.js";
import { bytesToHex } from "../protocol/bytes.js";
import type { MessageBus, Unsubscribe } from "./messageBus.js";

/** A command of Mosquitto's dynamic security plugin, with its parameters. */
export interface SecurityCommand {
  readonly command: string;
  readonly [parameter: string]: unknown;
}

/** What the plugin said to one command: `error` in its own words, or `data` of those that ask for some. */
export interface SecurityResponse {
  readonly command: string;
  readonly error?: string | undefined;
  readonly data?: unknown;
}

export interface DynamicSecurityOptions {
  /** For the answer to one batch; the broker writes its file for each command, so that batches of hundreds take a while. */
  readonly timeoutMs: number;
}

export interface DynamicSecurityDependencies {
  /** Connected as a client that may administer; this owns it neither when opened nor when closed. */
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly random: Random;
}

const REQUESTS = "$CONTROL/dynamic-security/v1";
const RESPONSES = "$CONTROL/dynamic-security/v1/response";
const ID_BYTES = 8;

const responseSchema = z.object({
  responses: z.array(
    z.object({
      command: z.string(),
      correlationData: z.string().optional(),
      error: z.string().optional(),
      data: z.unknown().optional(),
    }),
  ),
});

interface Waiting {
  readonly resolve: (responses: SecurityResponse[]) => void;
  readonly reject: (error: KeeperError) => void;
  readonly cancel: Cancel;
}

/** Speaks with Mosquitto's dynamic security plugin over its control topic. */
export class DynamicSecurity {
  readonly #options: DynamicSecurityOptions;
  readonly #dependencies: DynamicSecurityDependencies;
  readonly #waiting = new Map<string, Waiting>();
  readonly #forget: () => void;
  #unsubscribe: Unsubscribe | undefined;

  private constructor(options: DynamicSecurityOptions, dependencies: DynamicSecurityDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#forget = dependencies.bus.onConnection((connected) => {
      if (!connected) this.#rejectAll(offline());
    });
  }

  /** Rejects with `SUBSCRIPTION_REFUSED` when the broker is there and its client may not administer. */
  static async open(
    options: DynamicSecurityOptions,
    dependencies: DynamicSecurityDependencies,
  ): Promise<DynamicSecurity> {
    const security = new DynamicSecurity(options, dependencies);
    security.#unsubscribe = await dependencies.bus.subscribe(RESPONSES, (_topic, payload) => security.#hear(payload));
    return security;
  }

  /**
   * The answers to a batch, in its order. Rejects with `BROKER_ADMIN_OFFLINE` or `BROKER_ADMIN_SILENT` (both retriable; nobody
   * knows how much of it was done).
   */
  run(commands: readonly SecurityCommand[]): Promise<SecurityResponse[]> {
    const { bus, clock, random } = this.#dependencies;
    if (!bus.connected) return Promise.reject(offline());
    const correlationData = bytesToHex(random.bytes(ID_BYTES));
    const { promise, resolve, reject } = Promise.withResolvers<SecurityResponse[]>();
    const { timeoutMs } = this.#options;
    const cancel = clock.schedule(timeoutMs, () => {
      this.#waiting.delete(correlationData);
      reject(failure("BROKER_ADMIN_SILENT", `the broker did not answer its administrator within ${timeoutMs} ms`));
    });
    this.#waiting.set(correlationData, { resolve, reject, cancel });
    const text = JSON.stringify({ commands: commands.map((command) => ({ ...command, correlationData })) });
    void bus.publish(REQUESTS, new TextEncoder().encode(text)).catch((error: unknown) => {
      this.#settle(correlationData)?.reject(error instanceof KeeperError ? error : offline());
    });
    return promise;
  }

  /** Batches under way are rejected. Idempotent. */
  async close(): Promise<void> {
    this.#forget();
    this.#rejectAll(offline());
    await this.#unsubscribe?.();
  }

  /** The broker answers whoever asked; what is not an answer to this one's questions is passed over. */
  #hear(payload: Uint8Array): void {
    const responses = read(payload);
    const correlationData = responses?.[0]?.correlationData;
    if (responses === undefined || correlationData === undefined) return;
    this.#settle(correlationData)?.resolve(responses);
  }

  #settle(correlationData: string): Waiting | undefined {
    const waiting = this.#waiting.get(correlationData);
    this.#waiting.delete(correlationData);
    waiting?.cancel();
    return waiting;
  }

  #rejectAll(error: KeeperError): void {
    for (const correlationData of [...this.#waiting.keys()]) this.#settle(correlationData)?.reject(error);
  }
}

function read(payload: Uint8Array): z.infer<typeof responseSchema>["responses"] | undefined {
  try {
    return responseSchema.parse(JSON.parse(new TextDecoder().decode(payload))).responses;
  } catch {
    return undefined;
  }
}

function offline(): KeeperError {
  return failure("BROKER_ADMIN_OFFLINE", "there is no connection to administer the broker with");
}

function failure(code: string, message: string): KeeperError {
  return new KeeperError(code, message, { retriable: true });
}
