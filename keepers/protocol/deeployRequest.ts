import { keccak256, TypedDataEncoder } from "ethers";
import type { Address, Hash } from "./bytes.js";
import type { SigningDomain, TypedData } from "./typedData.js";

/** Furthest ahead that a signed request may expire. Seconds. */
export const MAX_REQUEST_SECONDS = 300;

/**
 * What a wallet asks of Deeploy, or through it of a node. Both check the wallet's own signature of it, so that Deeploy, which only
 * relays, can neither invent a request nor change one. `account` is in what is signed, because one key may stand behind several
 * smart-contract wallets.
 */
export interface DeeployRequest {
  readonly account: Address;
  /** Upper case. */
  readonly method: string;
  /** As it is sent: from the first slash, with the query. */
  readonly path: string;
  /** keccak256 of the body's bytes; of no bytes when there is none. */
  readonly bodyHash: Hash;
  /** Drawn anew for each request; it is good for one. */
  readonly nonce: Hash;
  /** Unix seconds. */
  readonly expiresAt: number;
}

/** Where a request over HTTP carries what is not in its first line; each in lower case, as Fastify gives them. */
export const REQUEST_HEADERS = {
  account: "r1-account",
  nonce: "r1-nonce",
  expiresAt: "r1-expires",
  signature: "r1-signature",
} as const;

/** keccak256 of a request's body. */
export function requestBodyHash(body: Uint8Array): Hash {
  return keccak256(body);
}

/** What the wallet signs: EIP-712, domain `Deeploy` version 1; the domain's contract is the JobEscrow. */
export function deeployRequestData(domain: SigningDomain, request: DeeployRequest): TypedData {
  const { account, method, path, bodyHash, nonce, expiresAt } = request;
  const { chainId, verifyingContract } = domain;
  return {
    domain: { name: "Deeploy", version: "1", chainId, verifyingContract },
    types: REQUEST,
    value: { account, method, path, bodyHash, nonce, expiresAt },
  };
}

/** The digest of the same, as an EIP-1271 wallet is asked about it: 0x and 64 digits. */
export function deeployRequestDigest(domain: SigningDomain, request: DeeployRequest): Hash {
  const { domain: at, types, value } = deeployRequestData(domain, request);
  return TypedDataEncoder.hash(at, types, value);
}

const REQUEST = {
  Request: [
    { name: "account", type: "address" },
    { name: "method", type: "string" },
    { name: "path", type: "string" },
    { name: "bodyHash", type: "bytes32" },
    { name: "nonce", type: "bytes32" },
    { name: "expiresAt", type: "uint64" },
  ],
};
