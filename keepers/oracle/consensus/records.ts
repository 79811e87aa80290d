import { ByteReader, ByteWriter, EncodingError, type Hash } from "../../protocol/bytes.js";
import {
  decodeUnsigned,
  encodeMessage,
  type OracleContext,
  type OracleMessage,
} from "../../protocol/oracleMessages.js";
import { readValue, valueId, writeValue } from "../../protocol/oracleValue.js";
import { type EpochConfig, type ValidValue } from "./types.js";

/** What an oracle writes down before it acts on it. */
export type JournalRecord =
  | { readonly type: "message"; readonly message: OracleMessage }
  | { readonly type: "valid"; readonly locked: boolean; readonly valid: ValidValue };

const MESSAGE = 1;
const VALID = 2;

/** Own SEAL's report, PROPOSAL or vote, or a decision: one byte and the envelope without its signature. */
export function messageRecord(context: OracleContext, message: OracleMessage): Uint8Array {
  return new ByteWriter().u8(MESSAGE).raw(encodeMessage(context, message)).toBytes();
}

/** A quorum's value, and whether this oracle locked on it. */
export function validRecord(locked: boolean, { round, value, prevotes }: ValidValue): Uint8Array {
  const writer = new ByteWriter()
    .u8(VALID)
    .u8(locked ? 1 : 0)
    .u32(round);
  writeValue(writer, value).u16(prevotes.length);
  for (const envelope of prevotes) writer.u16(envelope.length).raw(envelope);
  return writer.toBytes();
}

/** Which agreement a journal is about. */
export type RecordPlace = Pick<EpochConfig, "context" | "epoch" | "attempt">;

/** @throws EncodingError for bytes that are no record of this agreement: the journal belongs to something else */
export function readRecord(place: RecordPlace, record: Uint8Array): JournalRecord {
  const reader = new ByteReader(record);
  const type = reader.u8();
  if (type === MESSAGE) return readMessage(place, reader);
  if (type === VALID) return readValid(place.epoch, reader);
  throw new EncodingError(`journal record: got type ${type}, want ${MESSAGE} or ${VALID}`);
}

function readMessage({ context, epoch, attempt }: RecordPlace, reader: ByteReader): JournalRecord {
  const message = decodeUnsigned(reader.raw(reader.remaining), context);
  if (message.epoch !== epoch) throw new EncodingError(`journal record: got epoch ${message.epoch}, want ${epoch}`);
  if (message.attempt !== attempt) {
    throw new EncodingError(`journal record: got attempt ${message.attempt}, want ${attempt}`);
  }
  return { type: "message", message };
}

function readValid(epoch: bigint, reader: ByteReader): JournalRecord {
  const locked = reader.u8() === 1;
  const round = reader.u32();
  const value = readValue(reader);
  const id: Hash = valueId(epoch, value);
  const prevotes = Array.from({ length: reader.u16() }, () => reader.raw(reader.u16()));
  reader.end();
  return { type: "valid", locked, valid: { round, id, value, prevotes } };
}
