import type { Address } from "../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../keepers/protocol/deedId.js";
import type { Transaction } from "./chain.js";
import { addOracle, assign, close, type LedgerState, removeOracle, settle, unassign } from "./ledger.js";
import { type ChangePlan, EPOCH_SECONDS, GENESIS } from "./plan.js";

const NODES = 3;
const JOBS = 2;

/** The nodes that are no oracles. */
export const nodeAddresses: readonly Address[] = Array.from(
  { length: NODES },
  (_, i) => `0x${(i + 1).toString(16).padStart(2, "0").repeat(20)}`,
);

/** The chain's first block: the oracle set, and a deed for every oracle and node. */
export function genesisTransactions(oracles: readonly Address[], members: readonly Address[]): Transaction[] {
  const owned = [...oracles.map((node, i) => [node, DeedKind.MASTER, i + 1] as const), ...nodeDeeds()];
  return [
    ...members.map((oracle) => ({
      name: "add",
      run: (state: Parameters<Transaction["run"]>[0]) => addOracle(state, oracle),
    })),
    ...owned.map(([node, kind, id]) => approve(node, deedId(kind, BigInt(id)))),
    ...Array.from({ length: JOBS }, (_, i) => createJob(BigInt(i + 1))),
  ];
}

/** What governance or a deed's owner does. */
export function changeTransaction({ kind, index }: ChangePlan, oracles: readonly Address[]): Transaction {
  const oracle = oracles[index] as Address;
  const name = `${kind} ${index}`;
  if (isJobChange(kind)) return jobTransaction(name, kind, index);
  if (kind === "add") return { name, run: (state) => addOracle(state, oracle) };
  if (kind === "remove") return { name, run: (state) => removeOracle(state, oracle) };
  const deed = deedId(DeedKind.NODE, BigInt(index));
  const node = nodeAddresses[index - 1] as Address;
  if (kind === "dissociate")
    return { name, run: (state) => ({ state, events: [{ type: "NodeDissociated", deed, node }] }) };
  const other: Address = `0x${(index + 100).toString(16).padStart(2, "0").repeat(20)}`;
  const event = { type: "NodeAssociated", deed, node: other, owner: node, epoch: 0n } as const;
  return { name, run: (state) => ({ state, events: [event] }) };
}

const jobChanges = {
  assign,
  unassign,
  close: (state: LedgerState, jobId: bigint, _: number, running: bigint) => close(state, jobId, running),
  settle,
};

function isJobChange(kind: ChangePlan["kind"]): kind is keyof typeof jobChanges {
  return kind in jobChanges;
}

/** Numbers count through the nodes of the first job, then those of the next. */
function jobTransaction(name: string, kind: keyof typeof jobChanges, index: number): Transaction {
  const jobId = BigInt(Math.floor((index - 1) / NODES) + 1);
  const tokenId = ((index - 1) % NODES) + 1;
  return { name, run: (state, timestamp) => jobChanges[kind](state, jobId, tokenId, runningEpoch(timestamp)) };
}

function runningEpoch(timestamp: number): bigint {
  return BigInt(Math.max(0, Math.floor((timestamp - GENESIS) / EPOCH_SECONDS)));
}

function createJob(jobId: bigint): Transaction {
  const terms = { classId: 1, gpu: 0, nodes: NODES, epochs: 30, rate: 1n, deposit: 90n };
  const owner = nodeAddresses[0] as Address;
  const specHash = `0x${jobId.toString(16).padStart(64, "0")}`;
  const event = { type: "JobCreated", jobId, owner, specHash, ...terms } as const;
  return { name: "job", run: (state) => ({ state, events: [event] }) };
}

function nodeDeeds() {
  return nodeAddresses.map((node, i) => [node, DeedKind.NODE, i + 1] as const);
}

function approve(node: Address, deed: bigint): Transaction {
  const approved = { type: "OperatorApproved", operator: node, until: 2 * GENESIS, verification: 1 } as const;
  const associated = { type: "NodeAssociated", deed, node, owner: node, epoch: 0n } as const;
  return { name: "deed", run: (state) => ({ state, events: [approved, associated] }) };
}
