import { type Address, type ByteReader, type ByteWriter, EncodingError, type Hash } from "./bytes.js";
import { checkAscending, readCount, readValue, type Value, writeValue, ZERO_HASH } from "./oracleValue.js";
import { COMPACT_SIGNATURE_BYTES, SIGNATURE_BYTES } from "./signing.js";

/** "I have a report": its hash, before anybody's report is seen. */
export interface SealBody {
  readonly kind: "seal";
  readonly reportHash: Hash;
}

/** The sealed report itself. */
export interface ReportBody {
  readonly kind: "report";
  /** Random, so that the few likely reports cannot be found by trying their hashes. */
  readonly salt: Hash;
  readonly subjectsHash: Hash;
  /** One for each link and then for each seat, in their order. */
  readonly bytes: Uint8Array;
}

/** A round's leader proposes a value. */
export interface ProposalBody {
  readonly kind: "proposal";
  readonly round: number;
  /** The earlier round in which a quorum prevoted for this value; undefined for a new value. */
  readonly validRound: number | undefined;
  readonly value: Value;
}

/** A vote of either step; `valueId` zero is a vote for nothing. */
export interface VoteBody<Step extends "prevote" | "precommit" = "prevote" | "precommit"> {
  readonly kind: Step;
  readonly round: number;
  readonly valueId: Hash;
}

/** One oracle's signature of the decided epoch report. */
export interface SignatureBody {
  readonly kind: "signature";
  /** EIP-2098, 64 bytes. */
  readonly compact: Uint8Array;
  readonly reportDigest: Hash;
}

/** "Send me …": what is missing. */
export interface RequestBody {
  readonly kind: "request";
  readonly what: "report" | "decision" | "leaves";
  /** A report's hash, a leaf file's hash; zero for a decision. */
  readonly key: Hash;
}

/** One precommit of a certificate. */
export interface CertifiedVote {
  readonly oracle: Address;
  /** Of that oracle's PRECOMMIT message for the round and value, 65 bytes. */
  readonly signature: Uint8Array;
}

/** The decided value with a quorum of precommits: convinces whoever knows the oracle set. */
export interface DecisionBody {
  readonly kind: "decision";
  readonly round: number;
  readonly value: Value;
  /** Strictly ascending by oracle. */
  readonly certificate: readonly CertifiedVote[];
}

/** A leaf file as encoded; checked by whoever uses it, against the hash that was asked for. */
export interface LeavesBody {
  readonly kind: "leaves";
  readonly file: Uint8Array;
}

export type OracleBody =
  | SealBody
  | ReportBody
  | ProposalBody
  | VoteBody<"prevote">
  | VoteBody<"precommit">
  | SignatureBody
  | RequestBody
  | DecisionBody
  | LeavesBody;

/** What a message can be. */
export type OracleKind = OracleBody["kind"];

/** A vote in a DECISION: oracle and signature. */
export const CERTIFIED_VOTE_BYTES = 20 + SIGNATURE_BYTES;

const NO_ROUND = 0xffff_ffff;
/** No epoch comes near it; who followed a message to the last number there is could not say anything of the next. */
export const MOST_ROUND = 0x7fff_ffff;
const REQUESTS = ["report", "decision", "leaves"] as const;
const CODES = {
  seal: 1,
  report: 2,
  proposal: 3,
  prevote: 4,
  precommit: 5,
  signature: 6,
  request: 7,
  decision: 8,
  leaves: 9,
} as const satisfies Record<OracleKind, number>;

/** Every kind, in the order of their codes. */
export const ORACLE_KINDS = Object.keys(CODES) as readonly OracleKind[];

/** The kind with a code; undefined when there is none. */
export function kindOf(code: number): OracleKind | undefined {
  return ORACLE_KINDS[code - 1];
}

/** The body's code, and how to write it. */
export function writeBody(body: OracleBody): { readonly code: number; readonly write: (writer: ByteWriter) => void } {
  const write = WRITERS[body.kind] as (writer: ByteWriter, body: OracleBody) => void;
  return { code: CODES[body.kind], write: (writer) => write(writer, body) };
}

/** @throws EncodingError for an unknown code and for every body that writeBody would not write */
export function readBody(code: number, reader: ByteReader): OracleBody {
  const read = READERS[code];
  if (!read) throw new EncodingError(`oracle message: got kind ${code}, want 1 to ${ORACLE_KINDS.length}`);
  return read(reader);
}

type BodyOf<Kind extends OracleBody["kind"]> = Extract<OracleBody, { kind: Kind }>;

const WRITERS: { readonly [Kind in OracleBody["kind"]]: (writer: ByteWriter, body: BodyOf<Kind>) => void } = {
  seal: (writer, body) => writer.bytes32(body.reportHash),
  report: (writer, { salt, subjectsHash, bytes }) =>
    writer.bytes32(salt).bytes32(subjectsHash).u32(bytes.length).raw(bytes),
  proposal: writeProposal,
  prevote: writeVote,
  precommit: writeVote,
  signature: (writer, body) =>
    writer.raw(checkLength(body.compact, COMPACT_SIGNATURE_BYTES)).bytes32(body.reportDigest),
  request: (writer, body) => writer.u8(REQUESTS.indexOf(body.what) + 1).bytes32(checkKey(body)),
  decision: writeDecision,
  leaves: (writer, body) => writer.raw(body.file),
};

const READERS: Readonly<Record<number, (reader: ByteReader) => OracleBody>> = {
  [CODES.seal]: (reader) => ({ kind: "seal", reportHash: reader.bytes32() }),
  [CODES.report]: readReport,
  [CODES.proposal]: readProposal,
  [CODES.prevote]: (reader) => ({ kind: "prevote", ...readVote(reader) }),
  [CODES.precommit]: (reader) => ({ kind: "precommit", ...readVote(reader) }),
  [CODES.signature]: (reader) => ({
    kind: "signature",
    compact: reader.raw(COMPACT_SIGNATURE_BYTES),
    reportDigest: reader.bytes32(),
  }),
  [CODES.request]: readRequest,
  [CODES.decision]: readDecision,
  [CODES.leaves]: (reader) => ({ kind: "leaves", file: reader.raw(reader.remaining) }),
};

function readReport(reader: ByteReader): ReportBody {
  const salt = reader.bytes32();
  const subjectsHash = reader.bytes32();
  return { kind: "report", salt, subjectsHash, bytes: reader.raw(reader.u32()) };
}

function writeProposal(writer: ByteWriter, { round, validRound, value }: ProposalBody): void {
  checkValidRound(round, validRound);
  writeValue(writer.u32(checkRound(round)).u32(validRound ?? NO_ROUND), value);
}

function readProposal(reader: ByteReader): ProposalBody {
  const round = readRound(reader);
  const earlier = reader.u32();
  const validRound = earlier === NO_ROUND ? undefined : earlier;
  checkValidRound(round, validRound);
  return { kind: "proposal", round, validRound, value: readValue(reader) };
}

function writeVote(writer: ByteWriter, { round, valueId }: VoteBody): void {
  writer.u32(checkRound(round)).bytes32(valueId);
}

function readVote(reader: ByteReader): Pick<VoteBody, "round" | "valueId"> {
  return { round: readRound(reader), valueId: reader.bytes32() };
}

function readRequest(reader: ByteReader): RequestBody {
  const code = reader.u8();
  const what = REQUESTS[code - 1];
  if (what === undefined) throw new EncodingError(`request: got ${code}, want 1 to ${REQUESTS.length}`);
  const body: RequestBody = { kind: "request", what, key: reader.bytes32() };
  checkKey(body);
  return body;
}

function writeDecision(writer: ByteWriter, { round, value, certificate }: DecisionBody): void {
  checkAscending(certificate.map(({ oracle }) => oracle));
  writeValue(writer.u32(checkRound(round)), value).u16(certificate.length);
  for (const { oracle, signature } of certificate) {
    writer.address(oracle).raw(checkLength(signature, SIGNATURE_BYTES));
  }
}

function readDecision(reader: ByteReader): DecisionBody {
  const round = readRound(reader);
  const value = readValue(reader);
  const count = readCount(reader, CERTIFIED_VOTE_BYTES);
  const certificate = Array.from({ length: count }, () => ({
    oracle: reader.address(),
    signature: reader.raw(SIGNATURE_BYTES),
  }));
  checkAscending(certificate.map(({ oracle }) => oracle));
  return { kind: "decision", round, value, certificate };
}

/** The highest u32 means "no round", so it is not one. */
function readRound(reader: ByteReader): number {
  const round = reader.u32();
  if (round > MOST_ROUND) throw new EncodingError(`round: got ${round}, want at most ${MOST_ROUND}`);
  return round;
}

function checkRound(round: number): number {
  if (round === NO_ROUND) throw new EncodingError(`round: got ${round}, want at most ${NO_ROUND - 1}`);
  return round;
}

function checkValidRound(round: number, validRound: number | undefined): void {
  if (validRound !== undefined && validRound >= round) {
    throw new EncodingError(`proposal of round ${round}: its value cannot have been valid in round ${validRound}`);
  }
}

function checkKey({ what, key }: RequestBody): Hash {
  if (what === "decision" && key !== ZERO_HASH) throw new EncodingError(`request of a decision: got ${key}, want zero`);
  return key;
}

function checkLength(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new EncodingError(`signature: got ${bytes.length} bytes, want ${length}`);
  return bytes;
}
