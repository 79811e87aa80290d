import { decrypt, encrypt } from "eciesjs";
import { EncodingError } from "./bytes.js";

/** What sealing adds to the bytes sealed: a public key, a nonce and a tag. */
export const SEAL_OVERHEAD_BYTES = 97;

/** Bytes of a public key, with its prefix: 33 compressed, 65 not. */
const PUBLIC_KEY_BYTES = [33, 65];

/**
 * Bytes that only the holder of a key can read (ECIES on secp256k1, AES-256-GCM); two seals of the same are never alike.
 * @param publicKey compressed or not
 * @throws EncodingError that says nothing of the bytes
 */
export function sealTo(publicKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (!PUBLIC_KEY_BYTES.includes(publicKey.length)) {
    throw new EncodingError(`public key: got ${publicKey.length} bytes, want 33 or 65`);
  }
  try {
    return encrypt(publicKey, bytes);
  } catch {
    throw new EncodingError("public key: it is no point of secp256k1");
  }
}

/** @throws EncodingError, the same for every seal that was changed, cut, or made for another key */
export function openWith(privateKey: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length >= SEAL_OVERHEAD_BYTES) {
    try {
      return decrypt(privateKey, sealed);
    } catch {
      // What went wrong would tell of the key or of what is inside.
    }
  }
  throw new EncodingError("sealed bytes: not made for this key, or changed on the way");
}
