import { keccak256 } from "ethers";
import { z } from "zod";
import { type Address, compareBytes, EncodingError, type Hash } from "./bytes.js";
import { canonicalJson, type JobSpec } from "./jobSpec.js";
import type { SigningDomain, TypedData } from "./typedData.js";

export { openWith, SEAL_OVERHEAD_BYTES, sealTo } from "./sealing.js";

/** Longest secrets of a job, as canonical JSON in UTF-8. Bytes. */
export const MAX_SECRETS_BYTES = 65_536;

/** Furthest ahead that a node's request for secrets may expire. Seconds. */
export const MAX_SECRETS_REQUEST_SECONDS = 300;

const secrets = z.strictObject({
  salt: z.string().regex(/^0x[0-9a-f]{64}$/),
  values: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/), z.string().max(32_768)),
});

/** A job's secrets in clear: wrap each value in a `Secret` as soon as it leaves here. */
export interface JobSecrets {
  /** 32 random bytes, without which the hash of a short secret could be guessed. */
  readonly salt: Hash;
  /** By name, as the specification's containers and registries ask for them. */
  readonly values: Readonly<Record<string, string>>;
}

/** A node's request for the secrets of a job that it is assigned to, signed by the node's key. */
export interface SecretsRequest {
  readonly jobId: bigint;
  readonly specHash: Hash;
  readonly node: Address;
  /** Unix seconds. */
  readonly expiresAt: bigint;
}

/** UTF-8 of the canonical JSON. @throws EncodingError that names no value */
export function encodeSecrets(input: JobSecrets): Uint8Array {
  const bytes = new TextEncoder().encode(canonicalJson(check(input)));
  if (bytes.length > MAX_SECRETS_BYTES) {
    throw new EncodingError(`secrets: ${bytes.length} bytes, want at most ${MAX_SECRETS_BYTES}`);
  }
  return bytes;
}

/** @throws EncodingError that names no value, for everything that `encodeSecrets` would not write */
export function decodeSecrets(bytes: Uint8Array): JobSecrets {
  if (bytes.length > MAX_SECRETS_BYTES) {
    throw new EncodingError(`secrets: ${bytes.length} bytes, want at most ${MAX_SECRETS_BYTES}`);
  }
  const decoded = check(parse(bytes));
  if (compareBytes(encodeSecrets(decoded), bytes) !== 0) {
    throw new EncodingError("secrets: not in their canonical form");
  }
  return decoded;
}

/** keccak256 of `encodeSecrets`: what a specification names as `secretsHash`. @throws EncodingError */
export function hashSecrets(input: JobSecrets): Hash {
  return keccak256(encodeSecrets(input));
}

/** Names that a specification's containers and registries need, each once, sorted. */
export function secretNames({ containers, registries }: JobSpec): string[] {
  const names = [...containers.flatMap((each) => each.secrets), ...registries.map(({ password }) => password)];
  return [...new Set(names)].sort();
}

/** What a node signs: EIP-712, domain `Deeploy` version 1; the domain's contract is the JobEscrow. */
export function secretsRequestData(domain: SigningDomain, request: SecretsRequest): TypedData {
  const { chainId, verifyingContract } = domain;
  const { jobId, specHash, node, expiresAt } = request;
  return {
    domain: { name: "Deeploy", version: "1", chainId, verifyingContract },
    types: SECRETS_REQUEST,
    value: { jobId, specHash, node, expiresAt },
  };
}

const SECRETS_REQUEST = {
  SecretsRequest: [
    { name: "jobId", type: "uint256" },
    { name: "specHash", type: "bytes32" },
    { name: "node", type: "address" },
    { name: "expiresAt", type: "uint64" },
  ],
};

/** Zod's own messages are left out: they may repeat what they were given. */
function check(input: unknown): JobSecrets {
  const parsed = secrets.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new EncodingError("secrets: want {salt: 32 bytes in lower-case hex, values: {NAME: text}}");
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new EncodingError("secrets: not JSON");
  }
}
