import secp256k1 from "secp256k1";
import { type Address, bytesToHex, compareBytes, concatBytes, EncodingError, hexToBytes } from "./bytes.js";
import { keccak } from "./keccak.js";
import { openWith } from "./sealing.js";

export { keccak } from "./keccak.js";

/** Bytes of a signature off chain: r, s, recovery id (0 or 1). */
export const SIGNATURE_BYTES = 65;

/** Bytes of a signature on chain: r, and s with the recovery id in its highest bit (EIP-2098). */
export const COMPACT_SIGNATURE_BYTES = 64;

const DIGEST_BYTES = 32;
const RECOVERY_ID_AT = 64;
const S_AT = 32;
const HALF_ORDER = hexToBytes("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

/** Whoever signs for one account: its key in this process, or a service that holds the key. */
export interface Signer {
  readonly address: Address;
  /**
   * 65 bytes, r ‖ s ‖ recovery id, low s, over keccak256 of the bytes: services hash what they sign themselves. Rejects when
   * there is no signature of this account to be had.
   */
  signBytes(bytes: Uint8Array): Promise<Uint8Array>;
}

/** `body` and the signature over `keccak256(domain ‖ body)`, as most messages are sent. Rejects as the signer does. */
export async function withSignature(domain: Uint8Array, body: Uint8Array, signer: Signer): Promise<Uint8Array> {
  return concatBytes(body, await signer.signBytes(concatBytes(domain, body)));
}

/** A secp256k1 private key that signs digests and cannot be printed. */
export class SigningKey implements Signer {
  readonly address: Address;
  readonly #privateKey: Uint8Array;

  /** @throws EncodingError when it is not 32 bytes between 1 and the order of the curve less 1. */
  constructor(privateKey: string | Uint8Array) {
    const bytes = typeof privateKey === "string" ? hexToBytes(privateKey) : privateKey.slice();
    if (bytes.length !== 32 || !secp256k1.privateKeyVerify(bytes)) {
      throw new EncodingError("private key: want 32 bytes, neither zero nor beyond the order of secp256k1");
    }
    this.#privateKey = bytes;
    this.address = addressOf(secp256k1.publicKeyCreate(bytes, false));
  }

  /**
   * Deterministic (RFC 6979), low s: 65 bytes, r ‖ s ‖ recovery id.
   * @throws EncodingError when the digest is not 32 bytes.
   */
  sign(digest: Uint8Array): Uint8Array {
    if (digest.length !== DIGEST_BYTES) throw new EncodingError(`digest: got ${digest.length} bytes, want 32`);
    const { signature, recid } = secp256k1.ecdsaSign(digest, this.#privateKey);
    const whole = new Uint8Array(SIGNATURE_BYTES);
    whole.set(signature);
    whole[RECOVERY_ID_AT] = recid;
    return whole;
  }

  /** As `sign`, over keccak256 of the bytes. */
  signBytes(bytes: Uint8Array): Promise<Uint8Array> {
    return Promise.resolve(this.sign(keccak(bytes)));
  }

  /** What `sealTo` sealed for this key. @throws EncodingError when it was sealed for another one, or changed */
  open(sealed: Uint8Array): Uint8Array {
    return openWith(this.#privateKey, sealed);
  }

  /** Its public key in 33 bytes, to which secrets can be sealed. */
  get publicKey(): Uint8Array {
    return secp256k1.publicKeyCreate(this.#privateKey, true);
  }

  /** Another key that follows from this one; nobody can tell this one by it. @param purpose what sets it apart from others */
  derive(purpose: Uint8Array): SigningKey {
    return new SigningKey(keccak(concatBytes(purpose, this.#privateKey)));
  }

  toString(): string {
    return `SigningKey(${this.address})`;
  }
}

/** The signer, or undefined for every malformed signature: wrong length, recovery id above 1, high s, no such point. */
export function recoverAddress(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  const publicKey = recoverPublicKey(digest, signature);
  return publicKey && addressOf(publicKey);
}

/** The same signature in 64 bytes (EIP-2098), as the contracts take it. */
export function compactSignature(signature: Uint8Array): Uint8Array {
  if (!isCanonical(signature)) throw new EncodingError("signature: want 65 bytes, recovery id 0 or 1, low s");
  const compact = signature.slice(0, COMPACT_SIGNATURE_BYTES);
  compact[S_AT] = (compact[S_AT] as number) | ((signature[RECOVERY_ID_AT] as number) << 7);
  return compact;
}

/** The signer of a compact signature, or undefined when it is malformed. */
export function recoverCompact(digest: Uint8Array, compact: Uint8Array): Address | undefined {
  if (compact.length !== COMPACT_SIGNATURE_BYTES) return undefined;
  const signature = new Uint8Array(SIGNATURE_BYTES);
  signature.set(compact);
  const high = compact[S_AT] as number;
  signature[S_AT] = high & 0x7f;
  signature[RECOVERY_ID_AT] = high >> 7;
  return recoverAddress(digest, signature);
}

/**
 * Checks signatures of the same few thousand signers over and over. A signer's public key is remembered after its first
 * valid signature; later checks verify with it, which takes less time than to recover a key, and need no hash. Verifying
 * does not tell which of the two points with abscissa `r` was meant, so the recovery id is only a hint here, also for a key
 * that is not known yet: the answer never depends on what this process has seen before.
 */
export class PublicKeyCache {
  readonly #keys = new Map<Address, Uint8Array>();
  readonly #capacity: number;

  /** @param options.capacity most keys remembered (65 bytes each); the oldest goes first. */
  constructor(options: { readonly capacity?: number } = {}) {
    this.#capacity = options.capacity ?? 100_000;
  }

  get size(): number {
    return this.#keys.size;
  }

  /**
   * Whether this lower-case address made this signature, whichever of the two recovery ids it has; false for anything
   * malformed, never throws.
   */
  verify(digest: Uint8Array, signature: Uint8Array, address: Address): boolean {
    if (digest.length !== DIGEST_BYTES || !isCanonical(signature)) return false;
    const known = this.#keys.get(address);
    if (known) return isSignedBy(known, digest, signature);
    const publicKey = recoverKeyOf(address, digest, signature);
    if (!publicKey) return false;
    this.#remember(address, publicKey);
    return true;
  }

  #remember(address: Address, publicKey: Uint8Array): void {
    this.#keys.set(address, publicKey);
    if (this.#keys.size <= this.#capacity) return;
    const [oldest] = this.#keys.keys();
    if (oldest !== undefined) this.#keys.delete(oldest);
  }
}

function isSignedBy(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return secp256k1.ecdsaVerify(signature.subarray(0, RECOVERY_ID_AT), digest, publicKey);
  } catch {
    return false; // r or s is beyond the order
  }
}

/** The signer's key when it is this address's, tried with the recovery id as it is, then with the other one. */
function recoverKeyOf(address: Address, digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const hinted = signature[RECOVERY_ID_AT] as number;
  for (const recoveryId of [hinted, 1 - hinted]) {
    const publicKey = recoverPublicKey(digest, signature, recoveryId);
    if (publicKey && addressOf(publicKey) === address) return publicKey;
  }
  return undefined;
}

/** The signer's public key, 65 bytes, or undefined for every malformed signature. */
export function recoverPublicKey(
  digest: Uint8Array,
  signature: Uint8Array,
  recoveryId = signature[RECOVERY_ID_AT] as number,
): Uint8Array | undefined {
  if (digest.length !== DIGEST_BYTES || !isCanonical(signature)) return undefined;
  try {
    return secp256k1.ecdsaRecover(signature.subarray(0, RECOVERY_ID_AT), recoveryId, digest, false);
  } catch {
    return undefined; // r or s is zero or beyond the order, or r is no point's abscissa
  }
}

function isCanonical(signature: Uint8Array): boolean {
  return (
    signature.length === SIGNATURE_BYTES &&
    (signature[RECOVERY_ID_AT] as number) <= 1 &&
    compareBytes(signature.subarray(S_AT, RECOVERY_ID_AT), HALF_ORDER) <= 0
  );
}

function addressOf(uncompressedPublicKey: Uint8Array): Address {
  return bytesToHex(keccak(uncompressedPublicKey.subarray(1)).subarray(12));
}
