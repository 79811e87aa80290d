import { DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { leaderOrder } from "../../../keepers/protocol/leaders.js";
import { type Link } from "../../../keepers/protocol/links.js";
import { subjectsHash } from "../../../keepers/protocol/subjects.js";
import {
  decodeMessage,
  type DecodedOracleMessage,
  messageSigner,
  type OracleMessage,
  signMessage,
} from "../../../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { keccak, SigningKey } from "../../../keepers/protocol/signing.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { Recomputation } from "../../../keepers/oracle/consensus/recompute.js";
import { type Timeouts } from "../../../keepers/oracle/consensus/timeouts.js";
import { type EpochConfig, type OwnObservation } from "../../../keepers/oracle/consensus/types.js";

export const CONTEXT = { chainId: 31337n, ledger: `0x${"1e".repeat(20)}` } as const;
export const EPOCH = 42n;
export const ATTEMPT = 3;
export const LINKS: readonly Link[] = [1n, 2n, 3n, 4n, 5n].map((id) => ({
  deed: deedId(DeedKind.NODE, id),
  node: `0x${id.toString(16).padStart(40, "0")}`,
  associatedAt: 7n,
}));
export const TIMEOUTS: Timeouts = {
  sealing: 400,
  opening: 400,
  gather: 150,
  base: 200,
  step: 100,
  longest: 5_000,
  resend: 250,
};

/** The keys of `size` oracles, ascending by address. */
export function oracleKeys(size: number): SigningKey[] {
  const keys = Array.from({ length: size }, (_, index) => new SigningKey(keccak(Buffer.from(`oracle ${index}`))));
  return keys.sort((a, b) => (a.address < b.address ? -1 : 1));
}

const SUBJECTS = { links: LINKS, seats: [] };

/** An epoch as each oracle of an honest network sees it; leaders by address, so that tests know who leads. */
export function epochConfig(keys: readonly SigningKey[], me: SigningKey): EpochConfig {
  const members = keys.map(({ address }) => address);
  return {
    context: CONTEXT,
    epoch: EPOCH,
    attempt: ATTEMPT,
    members,
    leaders: members,
    me: me.address,
    subjectsHash: subjectsHash(EPOCH, SUBJECTS),
    subjectCount: LINKS.length,
    previousRoot: ZERO_HASH,
    timeouts: TIMEOUTS,
    commitmentOf: recomputation().commitmentOf,
  };
}

export function realLeaders(keys: readonly SigningKey[]): string[] {
  const oracles = keys.map(({ address }) => address);
  return leaderOrder({ ...CONTEXT, epoch: EPOCH, oracles, unreliable: new Set() });
}

export function recomputation(): Recomputation {
  const header = { ...CONTEXT, epoch: EPOCH, previousRoot: ZERO_HASH };
  const startEpochs = { 1: 0n, 2: 0n, 3: 0n };
  return new Recomputation({}, { header, subjects: SUBJECTS, spent: new Set(), previousEntries: [], startEpochs });
}

/** What an honest oracle saw, the same after each restart but for the salt. */
export function observation(values: readonly number[], salt: string): OwnObservation {
  return { salt: bytesToHex(keccak(Buffer.from(salt))), bytes: Uint8Array.from(values) };
}

/** Signs and reads back, as the wire would. */
export function sealed(key: SigningKey, message: OracleMessage): DecodedOracleMessage {
  return decodeMessage(signMessage(key, CONTEXT, { ...message, sender: key.address }), CONTEXT);
}

/** What a shell does with incoming bytes: undefined when they must not reach the machine. */
export function receive(envelope: Uint8Array): DecodedOracleMessage | undefined {
  const decoded = decodeMessage(envelope, CONTEXT);
  return messageSigner(decoded) === decoded.message.sender ? decoded : undefined;
}
