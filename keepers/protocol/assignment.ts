import { type Address, ByteReader, ByteWriter, EncodingError, type Hash } from "./bytes.js";
import { COMPACT_SIGNATURE_BYTES } from "./signing.js";
import { type SigningDomain, type TypedData, typedDataDigest } from "./typedData.js";

/** A change of the nodes of a job, as the oracles decide it and the JobEscrow takes it. */
export interface Assignment {
  readonly jobId: bigint;
  /** The job's own: an assignment takes effect once. */
  readonly sequence: number;
  /** Token ids of Node Deeds that stop serving; ascending. */
  readonly leaving: readonly number[];
  /** Those that begin; ascending. */
  readonly joining: readonly number[];
  /** Unix seconds; it can still be recorded then. */
  readonly deadline: bigint;
}

/** What an oracle publishes: an assignment and its signature of it, which is the proof of who it is too. */
export interface AssignmentMessage {
  readonly chainId: bigint;
  readonly escrow: Address;
  readonly assignment: Assignment;
  /** Compact, of `assignmentDigest`. */
  readonly signature: Uint8Array;
}

/** Places that a job can have. */
export const MAX_PLACES = 64;

const VERSION = 1;
/** Version, chain, escrow, job, sequence, deadline and the two counts. */
const FIXED_BYTES = 1 + 8 + 20 + 32 + 2 + 8 + 2;
const TOKEN_BYTES = 2;

/** No message is longer; longer ones need not be looked at. */
export const MAX_ASSIGNMENT_BYTES = FIXED_BYTES + 2 * MAX_PLACES * TOKEN_BYTES + COMPACT_SIGNATURE_BYTES;

const ASSIGNMENT = {
  Assignment: [
    { name: "jobId", type: "uint256" },
    { name: "sequence", type: "uint16" },
    { name: "leaving", type: "uint16[]" },
    { name: "joining", type: "uint16[]" },
    { name: "deadline", type: "uint64" },
  ],
};

/** Where an oracle publishes the assignments that it signed; everybody reads. */
export function assignmentTopic(chainId: bigint, oracle: Address): string {
  return `r1/${chainId}/assign/${oracle.toLowerCase()}`;
}

/** Verified by the JobEscrow. */
export function assignmentData({ chainId, verifyingContract }: SigningDomain, assignment: Assignment): TypedData {
  const { jobId, sequence, leaving, joining, deadline } = assignment;
  return {
    domain: { name: "JobEscrow", version: "1", chainId, verifyingContract },
    types: ASSIGNMENT,
    value: { jobId, sequence, leaving: [...leaving], joining: [...joining], deadline },
  };
}

/** Digest of an assignment: `JobEscrow.digestOf`. */
export function assignmentDigest(domain: SigningDomain, assignment: Assignment): Uint8Array {
  return typedDataDigest(assignmentData(domain, assignment));
}

/** The message as sent. @throws EncodingError naming the field that is out of range, or out of order */
export function encodeAssignmentMessage({ chainId, escrow, assignment, signature }: AssignmentMessage): Uint8Array {
  const { jobId, sequence, leaving, joining, deadline } = assignment;
  check(assignment);
  if (signature.length !== COMPACT_SIGNATURE_BYTES) {
    throw refusal(`a signature of ${signature.length} bytes`, `${COMPACT_SIGNATURE_BYTES}`);
  }
  const writer = new ByteWriter().u8(VERSION).u64(chainId).address(escrow).bytes32(word(jobId)).u16(sequence);
  writer.u64(deadline).u8(leaving.length).u8(joining.length);
  for (const tokenId of [...leaving, ...joining]) writer.u16(tokenId);
  return writer.raw(signature).toBytes();
}

/** @throws EncodingError for every message that encodeAssignmentMessage would not write; the signature is left unchecked */
export function decodeAssignmentMessage(message: Uint8Array): AssignmentMessage {
  if (message.length > MAX_ASSIGNMENT_BYTES) {
    throw refusal(`${message.length} bytes`, `at most ${MAX_ASSIGNMENT_BYTES}`);
  }
  const reader = new ByteReader(message);
  const version = reader.u8();
  if (version !== VERSION) throw refusal(`version ${version}`, `${VERSION}`);
  const chainId = reader.u64();
  const escrow = reader.address();
  const [jobId, sequence, deadline] = [BigInt(reader.bytes32()), reader.u16(), reader.u64()];
  const [leaves, joins] = [reader.u8(), reader.u8()];
  const tokenIds = (count: number) => Array.from({ length: Math.min(count, MAX_PLACES + 1) }, () => reader.u16());
  const assignment = { jobId, sequence, leaving: tokenIds(leaves), joining: tokenIds(joins), deadline };
  check(assignment);
  const signature = reader.raw(COMPACT_SIGNATURE_BYTES);
  reader.end();
  return { chainId, escrow, assignment, signature };
}

function check({ leaving, joining }: Assignment): void {
  if (leaving.length + joining.length === 0) throw refusal("no change", "a deed that leaves or joins");
  for (const tokenIds of [leaving, joining]) {
    if (tokenIds.length > MAX_PLACES) throw refusal(`${tokenIds.length} deeds`, `at most ${MAX_PLACES}`);
    tokenIds.forEach((tokenId, index) => {
      if (index > 0 && tokenId <= (tokenIds[index - 1] as number)) {
        throw refusal(`deed ${tokenId} out of place`, "ascending token ids");
      }
    });
  }
}

function refusal(got: string, want: string): EncodingError {
  return new EncodingError(`assignment: got ${got}, want ${want}`);
}

function word(value: bigint): Hash {
  if (value < 0n) throw refusal(`job ${value}`, "0 or more");
  return `0x${value.toString(16).padStart(64, "0")}`;
}
