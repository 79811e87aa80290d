import type { SigningDomain, TypedData } from "./typedData.js";

/** What a Deeploy service's account signs: secrets are to be sealed to this key. EIP-712, domain `Deeploy` version 1, of the JobEscrow. */
export function encryptionKeyData({ chainId, verifyingContract }: SigningDomain, publicKey: Uint8Array): TypedData {
  return {
    domain: { name: "Deeploy", version: "1", chainId, verifyingContract },
    types: { EncryptionKey: [{ name: "publicKey", type: "bytes" }] },
    value: { publicKey },
  };
}
