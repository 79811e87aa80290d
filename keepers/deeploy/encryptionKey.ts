import { bytesToHex } from "../protocol/bytes.js";
import { encryptionKeyData } from "../protocol/deeployKey.js";
import type { SigningKey } from "../protocol/signing.js";
import { type SigningDomain, typedDataDigest } from "../protocol/typedData.js";
import type { Opener } from "./jobs/vault.js";

const PURPOSE = new TextEncoder().encode("R1/deeploy/encryption/1");

/**
 * The key that developers seal secrets to. It follows from the account's own, so that there is one key to keep, and is another one, so that
 * what opens secrets never signs.
 */
export class EncryptionKey implements Opener {
  /** Compressed, 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly #key: SigningKey;

  constructor(account: SigningKey) {
    this.#key = account.derive(PURPOSE);
    this.publicKey = this.#key.publicKey;
  }

  open(sealed: Uint8Array): Uint8Array {
    return this.#key.open(sealed);
  }

  /** The account's word for the public key; hexadecimal. */
  signedBy(account: SigningKey, domain: SigningDomain): string {
    return bytesToHex(account.sign(typedDataDigest(encryptionKeyData(domain, this.publicKey))));
  }
}
