import { quorum } from "../../keepers/protocol/quorum.js";
import type { SigningKey } from "../../keepers/protocol/signing.js";
import { nodeKey } from "./nodes.js";
import type { Protocol } from "./protocol.js";

/** Key of the node of Master Node Deed `number`, counted from 1. */
export function masterKey(number: number): SigningKey {
  return nodeKey(`master ${number}`);
}

/** Adds the nodes of further Master Node Deeds to the oracle set, so that it grows from `from` to `to` oracles. */
export async function addOracles({ oracles }: Protocol, from: number, to: number): Promise<void> {
  for (let number = from + 1; number <= to; number++) await oracles.addOracle(masterKey(number).address);
}

/** A quorum of a set of `count` oracles, ascending by address: its last ones, the longest way through the set. */
export function quorumOfSet(count: number): SigningKey[] {
  const keys = Array.from({ length: count }, (_, i) => masterKey(i + 1));
  keys.sort((a, b) => (a.address < b.address ? -1 : 1));
  return keys.slice(-quorum(count));
}
