import { TypedDataEncoder } from "ethers";
import type { Clock } from "../../core/clock.js";
import { ApiError } from "../../core/http/apiError.js";
import { type Address, bytesToHex, type Hash, hexToBytes } from "../../protocol/bytes.js";
import { MAX_SECRETS_REQUEST_SECONDS, secretsRequestData } from "../../protocol/secrets.js";
import { recoverAddress, recoverPublicKey } from "../../protocol/signing.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import type { JobsView } from "../views.js";
import type { Access } from "./access.js";
import type { Vault } from "./vault.js";

/** A node's request, as `secretsRequestData` has it, with the node's signature (65 bytes, recovery id 0 or 1). */
export interface NodeSecretsRequest {
  readonly node: Address;
  readonly specHash: Hash;
  /** Unix seconds. */
  readonly expiresAt: number;
  readonly signature: string;
}

export interface SecretsDeskDependencies {
  readonly access: Access;
  readonly jobs: Pick<JobsView, "nodeOf">;
  readonly vault: Vault;
  readonly clock: Pick<Clock, "now">;
}

/** Gives a job's secrets to the nodes that the chain has assigned to it, each time sealed to the node's own key. */
export class SecretsDesk {
  readonly #domain: SigningDomain;
  readonly #dependencies: SecretsDeskDependencies;

  constructor(options: { readonly domain: SigningDomain }, dependencies: SecretsDeskDependencies) {
    this.#domain = options.domain;
    this.#dependencies = dependencies;
  }

  /**
   * 0x and hex digits of the sealed secrets. Repeating a request gives a stranger nothing: only the node can open the answer.
   * @throws ApiError 401 `REQUEST_EXPIRED`, `EXPIRY_TOO_FAR`, `SIGNATURE_INVALID`; 404 `JOB_UNKNOWN`, `NO_SECRETS`; 403 `NOT_ASSIGNED`;
   * 409 `SPEC_REPLACED`
   */
  async answer(jobId: bigint, request: NodeSecretsRequest): Promise<string> {
    const { access, vault } = this.#dependencies;
    const publicKey = this.#verify(jobId, request);
    const { seats, specHash } = access.job(jobId);
    if (!seats.some(({ tokenId }) => this.#dependencies.jobs.nodeOf(tokenId) === request.node)) {
      throw new ApiError(403, "NOT_ASSIGNED", `node ${request.node} is not assigned to job ${jobId}`);
    }
    if (specHash !== request.specHash) {
      throw new ApiError(409, "SPEC_REPLACED", `job ${jobId} has the specification ${specHash} now`);
    }
    return bytesToHex(await vault.sealFor(specHash, publicKey));
  }

  #verify(jobId: bigint, { node, specHash, expiresAt, signature }: NodeSecretsRequest): Uint8Array {
    const now = Math.floor(this.#dependencies.clock.now() / 1_000);
    if (expiresAt < now) throw refused("REQUEST_EXPIRED", `the request expired at ${expiresAt}, and it is ${now}`);
    if (expiresAt > now + MAX_SECRETS_REQUEST_SECONDS) {
      throw refused("EXPIRY_TOO_FAR", `the request expires more than ${MAX_SECRETS_REQUEST_SECONDS} seconds ahead`);
    }
    const data = secretsRequestData(this.#domain, { jobId, specHash, node, expiresAt: BigInt(expiresAt) });
    const digest = hexToBytes(TypedDataEncoder.hash(data.domain, data.types, data.value));
    const bytes = canonical(hexToBytes(signature));
    const publicKey = recoverPublicKey(digest, bytes);
    if (publicKey !== undefined && recoverAddress(digest, bytes) === node) return publicKey;
    throw refused("SIGNATURE_INVALID", `the signature is not ${node}'s for this request`);
  }
}

/** With the recovery id as 0 or 1; wallets write 27 or 28. */
function canonical(signature: Uint8Array): Uint8Array {
  const copy = signature.slice();
  const last = copy.length - 1;
  if ((copy[last] ?? 0) >= 27) copy[last] = (copy[last] as number) - 27;
  return copy;
}

function refused(code: string, message: string): ApiError {
  return new ApiError(401, code, message);
}
