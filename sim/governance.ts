import type { Address } from "../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../keepers/protocol/deedId.js";
import type { Transaction } from "./chain.js";
import { addOracle, removeOracle } from "./ledger.js";
import { type ChangePlan, GENESIS } from "./plan.js";

const NODES = 3;

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
  ];
}

/** What governance or a deed's owner does. */
export function changeTransaction({ kind, index }: ChangePlan, oracles: readonly Address[]): Transaction {
  const oracle = oracles[index] as Address;
  const name = `${kind} ${index}`;
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

function nodeDeeds() {
  return nodeAddresses.map((node, i) => [node, DeedKind.NODE, i + 1] as const);
}

function approve(node: Address, deed: bigint): Transaction {
  const approved = { type: "OperatorApproved", operator: node, until: 2 * GENESIS, verification: 1 } as const;
  const associated = { type: "NodeAssociated", deed, node, owner: node, epoch: 0n } as const;
  return { name: "deed", run: (state) => ({ state, events: [approved, associated] }) };
}
