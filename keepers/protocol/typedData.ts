import { TypedDataEncoder, type TypedDataDomain, type TypedDataField } from "ethers";
import { type Address, type Hash, hexToBytes } from "./bytes.js";

/** What the oracles sign and one of them commits, once per epoch. */
export interface EpochReport {
  readonly epoch: bigint;
  /** Root of the last committed epoch; zero for the first. */
  readonly previousRoot: Hash;
  readonly root: Hash;
  /** keccak256 of the leaf file. */
  readonly dataHash: Hash;
  readonly leafCount: bigint;
}

/** A node's consent to earn for a deed, signed by the node's key. */
export interface Association {
  readonly deed: bigint;
  readonly owner: Address;
  /** Unix seconds; at most one re-association delay ahead. */
  readonly deadline: bigint;
}

/** A node's answer to an oracle's challenge, signed by the node's key. */
export interface Session {
  readonly node: Address;
  readonly challenge: Hash;
  /** Unix seconds. */
  readonly expiresAt: bigint;
}

/** An oracle's sign of life, signed by its own key. */
export interface Answer {
  readonly oracle: Address;
  /** Of the challenge, Unix seconds. */
  readonly deadline: bigint;
}

/** The chain and the contract that a signature is for; it is worth nothing on any other. */
export interface SigningDomain {
  readonly chainId: bigint;
  readonly verifyingContract: Address;
}

/** An EIP-712 message in the form that wallets take: `signer.signTypedData(domain, types, value)`. */
export interface TypedData {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly value: Record<string, unknown>;
}

/** Verified by the EpochLedger. */
export function epochReportData(domain: SigningDomain, report: EpochReport): TypedData {
  const { epoch, previousRoot, root, dataHash, leafCount } = report;
  return typedData("EpochLedger", domain, EPOCH_REPORT, { epoch, previousRoot, root, dataHash, leafCount });
}

/** Verified by the NodeRegistry. */
export function associationData(domain: SigningDomain, association: Association): TypedData {
  const { deed, owner, deadline } = association;
  return typedData("NodeRegistry", domain, ASSOCIATION, { deed, owner, deadline });
}

/** Verified by the OracleRegistry. */
export function answerData(domain: SigningDomain, { oracle, deadline }: Answer): TypedData {
  return typedData("OracleRegistry", domain, ANSWER, { oracle, deadline });
}

/** Verified by an oracle; the domain's contract is the NodeRegistry. */
export function sessionData(domain: SigningDomain, session: Session): TypedData {
  const { node, challenge, expiresAt } = session;
  return typedData("dAuth", domain, SESSION, { node, challenge, expiresAt });
}

/** What is hashed and signed: 0x1901, and the hashes of domain and message. Throws as `typedDataDigest`. */
export function typedDataBytes(data: TypedData): Uint8Array {
  return hexToBytes(TypedDataEncoder.encode(data.domain, data.types, data.value));
}

/** The 32 bytes to sign. Throws ethers' argument error when a value does not fit its type. */
export function typedDataDigest(data: TypedData): Uint8Array {
  return hexToBytes(TypedDataEncoder.hash(data.domain, data.types, data.value));
}

/** Digest of an epoch report. */
export function epochReportDigest(domain: SigningDomain, report: EpochReport): Uint8Array {
  return typedDataDigest(epochReportData(domain, report));
}

/** Digest of an association. */
export function associationDigest(domain: SigningDomain, association: Association): Uint8Array {
  return typedDataDigest(associationData(domain, association));
}

/** Digest of an answer to a challenge. */
export function answerDigest(domain: SigningDomain, answer: Answer): Uint8Array {
  return typedDataDigest(answerData(domain, answer));
}

/** Digest of a session. */
export function sessionDigest(domain: SigningDomain, session: Session): Uint8Array {
  return typedDataDigest(sessionData(domain, session));
}

const EPOCH_REPORT = {
  EpochReport: [
    { name: "epoch", type: "uint64" },
    { name: "previousRoot", type: "bytes32" },
    { name: "root", type: "bytes32" },
    { name: "dataHash", type: "bytes32" },
    { name: "leafCount", type: "uint64" },
  ],
};

const ASSOCIATION = {
  Association: [
    { name: "deed", type: "uint256" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

const ANSWER = {
  Answer: [
    { name: "oracle", type: "address" },
    { name: "deadline", type: "uint64" },
  ],
};

const SESSION = {
  Session: [
    { name: "node", type: "address" },
    { name: "challenge", type: "bytes32" },
    { name: "expiresAt", type: "uint64" },
  ],
};

function typedData(
  name: string,
  { chainId, verifyingContract }: SigningDomain,
  types: Record<string, TypedDataField[]>,
  value: Record<string, unknown>,
): TypedData {
  return { domain: { name, version: "1", chainId, verifyingContract }, types, value };
}
