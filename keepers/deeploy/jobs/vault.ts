import { KeeperError } from "../../core/errors.js";
import { ApiError } from "../../core/http/apiError.js";
import { EncodingError, type Hash } from "../../protocol/bytes.js";
import type { JobSpec } from "../../protocol/jobSpec.js";
import { decodeSecrets, hashSecrets, sealTo, secretNames } from "../../protocol/secrets.js";
import type { BlobStore } from "../stores/blobStore.js";

/** Opens what was sealed to one key; a `SigningKey` does. */
export interface Opener {
  /** @throws EncodingError */
  open(sealed: Uint8Array): Uint8Array;
}

/**
 * Secrets of jobs: on disk as the developer sealed them to Deeploy's key, and in clear only for the moment in which they are checked
 * or sealed again to a node's key.
 */
export class Vault {
  readonly #store: Pick<BlobStore, "put" | "get">;
  readonly #key: Opener;

  constructor(dependencies: { readonly store: Pick<BlobStore, "put" | "get">; readonly key: Opener }) {
    this.#store = dependencies.store;
    this.#key = dependencies.key;
  }

  /**
   * Keeps the secrets of a specification.
   * @throws ApiError 400 `SECRETS_MISSING`, `SECRETS_UNWANTED`, `SECRETS_UNREADABLE` or `SECRETS_MISMATCH`; what the store throws
   */
  async keep(spec: JobSpec, specHash: Hash, sealed: Uint8Array | undefined): Promise<void> {
    if (spec.secretsHash === undefined) {
      if (sealed !== undefined) throw new ApiError(400, "SECRETS_UNWANTED", "this specification has no secrets");
      return;
    }
    if (sealed === undefined) {
      const message = `the specification names the secrets ${secretNames(spec).join(", ")}: send them sealed to the key of GET /key`;
      throw new ApiError(400, "SECRETS_MISSING", message);
    }
    checkSecrets(spec, this.#open(sealed));
    await this.#store.put(specHash, sealed);
  }

  /** The secrets of a specification, sealed to another key. @throws ApiError 404 `NO_SECRETS`, KeeperError `SECRETS_LOST` */
  async sealFor(specHash: Hash, publicKey: Uint8Array): Promise<Uint8Array> {
    const sealed = await this.#store.get(specHash);
    if (sealed === undefined) {
      throw new ApiError(404, "NO_SECRETS", `this service has no secrets of ${specHash}; ask another one`);
    }
    try {
      return sealTo(publicKey, this.#key.open(sealed));
    } catch {
      // What went wrong is left out: it may tell of what is inside.
      throw new KeeperError("SECRETS_LOST", `the secrets of ${specHash} are not sealed to this service's key any more`);
    }
  }

  #open(sealed: Uint8Array): Uint8Array {
    try {
      return this.#key.open(sealed);
    } catch {
      const message = "the secrets cannot be opened: seal them to the key that GET /key of this service gives";
      throw new ApiError(400, "SECRETS_UNREADABLE", message);
    }
  }
}

function checkSecrets(spec: JobSpec, opened: Uint8Array): void {
  const { hash, names } = describeSecrets(opened);
  if (hash !== spec.secretsHash) {
    throw new ApiError(400, "SECRETS_MISMATCH", "the secrets' hash is not the specification's secretsHash");
  }
  const wanted = secretNames(spec);
  if (names.join() === wanted.join()) return;
  throw new ApiError(
    400,
    "SECRETS_MISMATCH",
    `the specification wants the secrets ${wanted.join(", ")}, no other ones`,
  );
}

function describeSecrets(opened: Uint8Array): { readonly hash: Hash; readonly names: readonly string[] } {
  try {
    const secrets = decodeSecrets(opened);
    return { hash: hashSecrets(secrets), names: Object.keys(secrets.values).sort() };
  } catch (error) {
    if (error instanceof EncodingError) throw new ApiError(400, "SECRETS_UNREADABLE", error.message);
    throw error;
  }
}
