import fc from "fast-check";
import { MOST_ROUND, type OracleBody, type OracleKind } from "../../../../keepers/protocol/oracleBodies.js";
import {
  type OracleContext,
  type OracleHeader,
  type OracleMessage,
  signMessage,
} from "../../../../keepers/protocol/oracleMessages.js";
import { MAX_ORACLES, type Value, ZERO_HASH } from "../../../../keepers/protocol/oracleValue.js";
import type { SigningKey } from "../../../../keepers/protocol/signing.js";
import { CONTEXT, oracleKeys } from "../../consensus/world.js";

export const EPOCH = 42n;
export const ATTEMPT = 3;

/** Members of the set, and one who is none. */
export const [MEMBERS, STRANGER] = setAndStranger();
export const [ME, PEER, OTHER] = MEMBERS as [SigningKey, SigningKey, SigningKey];

function setAndStranger(): [SigningKey[], SigningKey] {
  const all = oracleKeys(5);
  return [all.slice(0, 4), all[4] as SigningKey];
}

export function hashOf(index: number): string {
  return `0x${index.toString(16).padStart(64, "0")}`;
}

/** A value with reports of this many oracles. */
export function valueWith(oracles: number): Value {
  const set = Array.from({ length: oracles }, (_, i) => ({
    oracle: `0x${(i + 1).toString(16).padStart(40, "0")}`,
    reportHash: hashOf(i),
  }));
  return { type: "reports", previousRoot: ZERO_HASH, root: hashOf(1), dataHash: hashOf(2), leafCount: 5n, set };
}

/** The longest body that an honest oracle of the largest set sends, by kind. */
export function largestBodies(links: number, leafFile: Uint8Array): Readonly<Record<OracleKind, OracleBody>> {
  const value = valueWith(MAX_ORACLES);
  const certificate = Array.from({ length: MAX_ORACLES }, (_, i) => ({
    oracle: `0x${(i + 1).toString(16).padStart(40, "0")}`,
    signature: new Uint8Array(65),
  }));
  return {
    seal: { kind: "seal", reportHash: hashOf(9) },
    report: { kind: "report", salt: hashOf(7), subjectsHash: hashOf(8), bytes: new Uint8Array(links) },
    proposal: { kind: "proposal", round: 7, validRound: 3, value },
    prevote: { kind: "prevote", round: 7, valueId: hashOf(3) },
    precommit: { kind: "precommit", round: 7, valueId: hashOf(3) },
    signature: { kind: "signature", compact: new Uint8Array(64), reportDigest: hashOf(4) },
    request: { kind: "request", what: "report", key: hashOf(5) },
    decision: { kind: "decision", round: 7, value, certificate },
    leaves: { kind: "leaves", file: leafFile },
  };
}

export function signed(
  key: SigningKey,
  body: OracleBody,
  header: Partial<OracleHeader> = {},
  context: OracleContext = CONTEXT,
) {
  const message: OracleMessage = { ...body, epoch: EPOCH, attempt: ATTEMPT, sender: key.address, ...header };
  return signMessage(key, context, message);
}

const hash = fc.constantFrom(ZERO_HASH, hashOf(1), hashOf(2), hashOf(3));
const round = fc.oneof(fc.nat(12), fc.constant(MOST_ROUND), fc.nat());
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constant({ type: "skip" } as const),
  fc.nat(MAX_ORACLES).map(valueWith),
  fc.constant({ ...valueWith(0), set: MEMBERS.map(({ address }) => ({ oracle: address, reportHash: hashOf(1) })) }),
);
const certificate = fc
  .subarray(MEMBERS.map(({ address }) => address))
  .chain((oracles) =>
    fc.tuple(...oracles.map((oracle) => fc.record({ oracle: fc.constant(oracle), signature: bytes(65) }))),
  );

function bytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** Anything of the right shape that a Byzantine oracle might say. */
export const anyBody: fc.Arbitrary<OracleBody> = fc.oneof(
  fc.record({ kind: fc.constant("seal" as const), reportHash: hash }),
  fc.record({
    kind: fc.constant("report" as const),
    salt: hash,
    subjectsHash: hash,
    bytes: fc.uint8Array({ maxLength: 9 }),
  }),
  fc
    .record({
      kind: fc.constant("proposal" as const),
      round,
      validRound: fc.option(fc.nat(9), { nil: undefined }),
      value,
    })
    .map((body) => ({
      ...body,
      validRound: body.validRound === undefined || body.validRound >= body.round ? undefined : body.validRound,
    })),
  fc.record({ kind: fc.constantFrom("prevote" as const, "precommit" as const), round, valueId: hash }),
  fc.record({ kind: fc.constant("signature" as const), compact: bytes(64), reportDigest: hash }),
  fc.record({
    kind: fc.constant("request" as const),
    what: fc.constantFrom("report" as const, "leaves" as const),
    key: hash,
  }),
  fc.constant({ kind: "request" as const, what: "decision" as const, key: ZERO_HASH }),
  fc.record({ kind: fc.constant("decision" as const), round, value, certificate }),
  fc.record({ kind: fc.constant("leaves" as const), file: fc.uint8Array({ maxLength: 200 }) }),
);
