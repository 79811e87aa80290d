import fc from "fast-check";

import { type ChainEvent, type EventBody, oracleRemovals } from "../../../keepers/chain/chainEvent.js";
import { address, hash } from "./fakeChain.js";

/** An event body put on a chain, at second `timestamp`. */
export function eventAt(timestamp: number, body: EventBody): ChainEvent {
  return { blockNumber: 1, blockHash: hash(1), logIndex: 0, transactionHash: hash(2), timestamp, ...body };
}

const node = fc.integer({ min: 1, max: 6 }).map((number) => address(0x100 + number));
const owner = fc.integer({ min: 1, max: 4 }).map((number) => address(0x200 + number));
const deed = fc.integer({ min: 1, max: 6 }).map((number) => (1n << 248n) | BigInt(number));

const jobId = fc.bigInt(1n, 3n);
const tokens = fc.subarray([1, 2, 3, 4]);

/** Any event, of few nodes, owners and deeds, so that events meet; not every sequence could happen on the chain. */
export const anyBody: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({ type: fc.constant("NodeAssociated" as const), deed, node, owner, epoch: fc.bigInt(0n, 9n) }),
  fc.record({ type: fc.constant("NodeDissociated" as const), deed, node }),
  fc.record({
    type: fc.constant("OperatorApproved" as const),
    operator: owner,
    until: fc.integer({ min: 1_000, max: 1_200 }),
    verification: fc.constant(1),
  }),
  fc.record({ type: fc.constant("OperatorRevoked" as const), operator: owner }),
  fc.record({ type: fc.constant("OperatorBanned" as const), operator: owner, reason: fc.constant("fraud") }),
  fc.record({ type: fc.constant("OperatorUnbanned" as const), operator: owner }),
  fc.record({ type: fc.constant("DeedBanned" as const), deed, reason: fc.constant("stolen") }),
  fc.record({ type: fc.constant("DeedUnbanned" as const), deed }),
  fc.record({ type: fc.constant("OracleAdded" as const), oracle: node, owner }),
  fc.record({
    type: fc.constant("OracleRemoved" as const),
    oracle: node,
    owner,
    why: fc.constantFrom(...oracleRemovals),
  }),
  fc.record({
    type: fc.constant("EpochCommitted" as const),
    epoch: fc.bigInt(0n, 9n),
    root: fc.constant(hash(7)),
    previousRoot: fc.constant(hash(6)),
    dataHash: fc.constant(hash(8)),
    leafCount: fc.bigInt(1n, 9n),
    signers: fc.bigInt(0n, 63n),
  }),
  fc.record({
    type: fc.constant("EpochDisproved" as const),
    epoch: fc.bigInt(0n, 9n),
    root: fc.constant(hash(7)),
    by: owner,
  }),
  fc.record({
    type: fc.constant("OracleChallenged" as const),
    oracle: node,
    by: owner,
    deadline: fc.integer({ min: 1_000, max: 1_200 }),
  }),
  fc.record({
    type: fc.constant("JobCreated" as const),
    jobId,
    owner,
    specHash: fc.constant(hash(9)),
    ...{ classId: fc.constant(1), gpu: fc.constant(0), nodes: fc.integer({ min: 1, max: 4 }) },
    ...{ epochs: fc.integer({ min: 2, max: 9 }), rate: fc.constant(10n), deposit: fc.constant(100n) },
  }),
  fc.record({
    type: fc.constant("NodesAssigned" as const),
    ...{ jobId, sequence: fc.constant(0), leaving: tokens, joining: tokens, from: fc.bigInt(1n, 9n) },
  }),
  fc.record({ type: fc.constant("NodesReleased" as const), jobId, leaving: tokens, to: fc.bigInt(1n, 9n) }),
  fc.record({ type: fc.constant("JobClosed" as const), jobId, end: fc.bigInt(1n, 9n) }),
  fc.record({ type: fc.constant("Refunded" as const), jobId, owner, amount: fc.bigInt(0n, 9n) }),
  fc.record({ type: fc.constant("OracleAnswered" as const), oracle: node, deadline: fc.constant(1_100) }),
);
