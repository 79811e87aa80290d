import { type Address, bytesToHex, ByteReader, ByteWriter, concatBytes, EncodingError, type Hash } from "./bytes.js";
import { kindOf, type OracleBody, type OracleKind, readBody, type ReportBody, writeBody } from "./oracleBodies.js";
import { keccak, recoverAddress, SIGNATURE_BYTES, type Signer, type SigningKey, withSignature } from "./signing.js";

/** The network a message belongs to; it means nothing on any other. */
export interface OracleContext {
  readonly chainId: bigint;
  /** The EpochLedger. */
  readonly ledger: Address;
}

/** Who speaks, and about which epoch. */
export interface OracleHeader {
  readonly epoch: bigint;
  /** Roots disproved on chain so far, as the sender sees it: an epoch is agreed on anew after each. */
  readonly attempt: number;
  readonly sender: Address;
}

/** What an oracle says: a header and one of the bodies. `kind` tells them apart. */
export type OracleMessage = OracleHeader & OracleBody;

/** The message of one kind, such as `MessageOf<"prevote">`. */
export type MessageOf<Kind extends OracleBody["kind"]> = OracleHeader & Extract<OracleBody, { kind: Kind }>;

/** A message off the wire, not yet verified: the shape is right, the signature may be anybody's. */
export interface DecodedOracleMessage {
  readonly message: OracleMessage;
  /** The bytes as received, signature included: evidence, or to be passed on. */
  readonly envelope: Uint8Array;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

/** No message is longer (room for a leaf file of 800,000 leaves); longer ones need not be looked at. */
export const MAX_ORACLE_MESSAGE_BYTES = 32 * 1024 * 1024;

/** Version, kind, chain, ledger, epoch, attempt and sender, which every message begins with. */
const HEADER_BYTES = 1 + 1 + 8 + 20 + 8 + 4 + 20;

/** Length of a message without its body. */
export const ENVELOPE_BYTES = HEADER_BYTES + SIGNATURE_BYTES;

const VERSION = 1;
const DOMAIN = new ByteWriter().ascii("R1/oracle/1").toBytes();
const REPORT_DOMAIN = new ByteWriter().ascii("R1/report/1").toBytes();

/** Where an oracle publishes; everybody reads. */
export function oracleTopic(chainId: bigint, oracle: Address): string {
  return `r1/${chainId}/oracle/${oracle.toLowerCase()}`;
}

/** What is hashed and sent, without the signature. @throws EncodingError naming the field that is out of range */
export function encodeMessage(context: OracleContext, message: OracleMessage): Uint8Array {
  const { code, write } = writeBody(message);
  const writer = new ByteWriter()
    .u8(VERSION)
    .u8(code)
    .u64(context.chainId)
    .address(context.ledger)
    .u64(message.epoch)
    .u32(message.attempt)
    .address(message.sender);
  write(writer);
  return writer.toBytes();
}

/** The 32 bytes that the sender signs. */
export function messageDigest(context: OracleContext, message: OracleMessage): Uint8Array {
  return digestOf(encodeMessage(context, message));
}

/** The message as sent. @throws EncodingError when the key is not the sender's, or a field is out of range */
export function signMessage(key: SigningKey, context: OracleContext, message: OracleMessage): Uint8Array {
  const body = bodyFor(key, context, message);
  return concatBytes(body, key.sign(digestOf(body)));
}

/** The same by whoever holds the key. Rejects as `signMessage` throws, and as the signer does. */
export async function signedMessage(
  signer: Signer,
  context: OracleContext,
  message: OracleMessage,
): Promise<Uint8Array> {
  return withSignature(DOMAIN, bodyFor(signer, context, message), signer);
}

function bodyFor({ address }: Signer, context: OracleContext, message: OracleMessage): Uint8Array {
  if (address !== message.sender) {
    throw new EncodingError(`message of ${message.sender} cannot be signed by ${address}`);
  }
  return encodeMessage(context, message);
}

/**
 * Reads a message of this chain and ledger. The signature is split off, not checked: see `messageSigner`.
 * @throws EncodingError for every message that signMessage would not write, and for one of another chain or ledger
 */
export function decodeMessage(envelope: Uint8Array, context: OracleContext): DecodedOracleMessage {
  const split = envelope.length - SIGNATURE_BYTES;
  if (split < 0 || envelope.length > MAX_ORACLE_MESSAGE_BYTES) {
    const range = `${SIGNATURE_BYTES} to ${MAX_ORACLE_MESSAGE_BYTES}`;
    throw new EncodingError(`oracle message: got ${envelope.length} bytes, want ${range}`);
  }
  const unsigned = envelope.subarray(0, split);
  const message = decodeUnsigned(unsigned, context);
  return { message, envelope, digest: digestOf(unsigned), signature: envelope.slice(split) };
}

/** What an envelope says of itself, before its body is read. */
export interface MessagePreview extends OracleHeader, OracleContext {
  readonly kind: OracleKind;
}

/** Reads the fixed beginning of an envelope, of whatever network. Undefined when no message of any kind begins so. */
export function previewMessage(envelope: Uint8Array): MessagePreview | undefined {
  if (envelope.length < ENVELOPE_BYTES) return undefined;
  const reader = new ByteReader(envelope);
  const version = reader.u8();
  const kind = kindOf(reader.u8());
  if (version !== VERSION || kind === undefined) return undefined;
  const context = { chainId: reader.u64(), ledger: reader.address() };
  return { kind, ...context, epoch: reader.u64(), attempt: reader.u32(), sender: reader.address() };
}

/** Reads what encodeMessage wrote; for a journal of messages that are not signed yet. @throws EncodingError */
export function decodeUnsigned(bytes: Uint8Array, context: OracleContext): OracleMessage {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new EncodingError(`oracle message: got version ${version}, want ${VERSION}`);
  const code = reader.u8();
  checkContext(reader, context);
  const header = { epoch: reader.u64(), attempt: reader.u32(), sender: reader.address() };
  const body = readBody(code, reader);
  reader.end();
  return { ...header, ...body };
}

/** Who signed it, or undefined when the signature is malformed. Only a message whose signer is its sender counts. */
export function messageSigner(decoded: DecodedOracleMessage): Address | undefined {
  return recoverAddress(decoded.digest, decoded.signature);
}

/** What a SEAL promises and a proposal names. It covers the sender, so that nobody can open another's report. */
export function reportHash(context: OracleContext, report: OracleHeader & ReportBody): Hash {
  return bytesToHex(keccak(concatBytes(REPORT_DOMAIN, encodeMessage(context, report))));
}

function checkContext(reader: ByteReader, context: OracleContext): void {
  const chainId = reader.u64();
  if (chainId !== context.chainId) {
    throw new EncodingError(`oracle message: got chain ${chainId}, want ${context.chainId}`);
  }
  const ledger = reader.address();
  if (ledger !== context.ledger)
    throw new EncodingError(`oracle message: got ledger ${ledger}, want ${context.ledger}`);
}

function digestOf(unsigned: Uint8Array): Uint8Array {
  return keccak(concatBytes(DOMAIN, unsigned));
}
