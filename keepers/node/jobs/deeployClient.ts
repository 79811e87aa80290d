import { z } from "zod";
import { describeError, KeeperError } from "../../core/errors.js";
import { Secret } from "../../core/secret.js";
import { bytesToHex, type Hash, hexToBytes } from "../../protocol/bytes.js";
import { decodeJobSpec, type JobSpec, MAX_SPEC_BYTES } from "../../protocol/jobSpec.js";
import { keccak } from "../../protocol/keccak.js";
import {
  decodeSecrets,
  hashSecrets,
  type JobSecrets,
  MAX_SECRETS_BYTES,
  secretNames,
  secretsRequestData,
} from "../../protocol/secrets.js";
import type { SigningKey } from "../../protocol/signing.js";
import { type SigningDomain, typedDataDigest } from "../../protocol/typedData.js";
import { type HttpDependencies, requestBytes, requestJson } from "../httpJson.js";

export interface DeeployClientOptions {
  /** Asked one after the other until one answers well. */
  readonly urls: readonly string[];
  /** Milliseconds for one answer. */
  readonly timeoutMs: number;
  /** Of the JobEscrow. */
  readonly domain: SigningDomain;
}

export interface DeeployClientDependencies extends HttpDependencies {
  readonly key: SigningKey;
}

const requestSeconds = 120;
const sealedSchema = z.object({
  sealed: z
    .string()
    .regex(/^0x(?:[0-9a-f]{2})+$/)
    .max(4 * MAX_SECRETS_BYTES),
});

/**
 * Gets what a job needs from the Deeploy services that are known, and believes none of them: specifications and secrets are what
 * their hashes say.
 */
export class DeeployClient {
  readonly #options: DeeployClientOptions;
  readonly #dependencies: DeeployClientDependencies;

  constructor(options: DeeployClientOptions, dependencies: DeeployClientDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /**
   * The specification of a hash, byte for byte.
   * @throws KeeperError `SPEC_UNAVAILABLE` (retriable), `SPEC_INVALID` when what hashes to it is no specification
   */
  async specBytes(specHash: Hash, signal: AbortSignal): Promise<Uint8Array> {
    return this.#askAll("SPEC_UNAVAILABLE", `the specification ${specHash}`, signal, async (url) => {
      const { timeoutMs } = this.#options;
      const request = { url: `${url}/jobs/specs/${specHash}`, timeoutMs, signal };
      const { status, bytes } = await requestBytes(request, this.#dependencies);
      if (status !== 200) throw new KeeperError("DEEPLOY_REFUSED", `status ${status}`);
      if (!isSpecOf(bytes, specHash)) throw new KeeperError("SPEC_MISMATCH", "it gave something of another hash");
      return bytes;
    });
  }

  /**
   * The job's secrets, by name: all that the specification asks for.
   * @throws KeeperError `SECRETS_UNAVAILABLE` (retriable)
   */
  async secrets(jobId: bigint, specHash: Hash, spec: JobSpec, signal: AbortSignal): Promise<Map<string, Secret>> {
    const names = secretNames(spec);
    if (names.length === 0) return new Map();
    return this.#askAll("SECRETS_UNAVAILABLE", `the secrets of job ${jobId}`, signal, async (url) => {
      const { values } = await this.#askSecrets(`${url}/jobs/${jobId}/secrets`, jobId, specHash, spec, signal);
      const missing = names.filter((name) => !Object.hasOwn(values, name));
      if (missing.length > 0) throw new KeeperError("SECRETS_INCOMPLETE", `they lack ${missing.join(", ")}`);
      return new Map(names.map((name) => [name, new Secret(values[name] as string)]));
    });
  }

  async #askSecrets(
    url: string,
    jobId: bigint,
    specHash: Hash,
    { secretsHash }: JobSpec,
    signal: AbortSignal,
  ): Promise<JobSecrets> {
    const { domain, timeoutMs } = this.#options;
    const { key, clock } = this.#dependencies;
    const expiresAt = Math.floor(clock.now() / 1_000) + requestSeconds;
    const data = secretsRequestData(domain, { jobId, specHash, node: key.address, expiresAt: BigInt(expiresAt) });
    const signature = bytesToHex(key.sign(typedDataDigest(data)));
    const body = { node: key.address, specHash, expiresAt, signature };
    const answer = await requestJson({ url, body, timeoutMs, signal }, this.#dependencies);
    if (answer.status !== 200) throw new KeeperError("DEEPLOY_REFUSED", `status ${answer.status}`);
    const sealed = sealedSchema.safeParse(answer.body);
    if (!sealed.success) throw new KeeperError("DEEPLOY_REFUSED", "its answer makes no sense");
    const secrets = decodeSecrets(key.open(hexToBytes(sealed.data.sealed)));
    if (hashSecrets(secrets) === secretsHash) return secrets;
    throw new KeeperError("SECRETS_MISMATCH", "it gave secrets of another hash");
  }

  async #askAll<T>(code: string, what: string, signal: AbortSignal, ask: (url: string) => Promise<T>): Promise<T> {
    const failures: string[] = [];
    for (const url of this.#options.urls) {
      try {
        return await ask(url.replace(/\/+$/u, ""));
      } catch (error) {
        signal.throwIfAborted();
        failures.push(`${url}: ${describeError(error)}`);
      }
    }
    const why = failures.length === 0 ? "DEEPLOY_URLS names no service" : failures.join("; ");
    throw new KeeperError(code, `nobody gives ${what}: ${why}`, { retriable: true });
  }
}

/** Whether the bytes are what the hash on chain stands for. */
export function isSpecOf(bytes: Uint8Array, specHash: Hash): boolean {
  return bytes.length <= MAX_SPEC_BYTES && bytesToHex(keccak(bytes)) === specHash;
}

/** @throws KeeperError `SPEC_INVALID` */
export function readSpec(bytes: Uint8Array): JobSpec {
  try {
    return decodeJobSpec(bytes);
  } catch (cause) {
    throw new KeeperError("SPEC_INVALID", `what the chain names is no specification: ${describeError(cause)}`);
  }
}
