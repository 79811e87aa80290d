import { emptyState, type ProtocolState } from "../../keepers/chain/protocolState.js";
import type { RecentBlocks } from "../../keepers/oracle/ingest/views.js";
import { type Address, bytesToHex, type Hash } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { EpochClock } from "../../keepers/protocol/epochClock.js";
import { signHeartbeat } from "../../keepers/protocol/heartbeat.js";
import type { Link } from "../../keepers/protocol/links.js";
import { keccak, SigningKey } from "../../keepers/protocol/signing.js";

/** Every Node Deed there can be. */
export const NODES = 46_224;

export const CHAIN_ID = 31_337n;
export const LEDGER: Address = `0x${"1e".repeat(20)}`;
export const NODE_REGISTRY: Address = `0x${"2e".repeat(20)}`;

const GENESIS = 1_700_000_000;

/** Production: epochs of a day, slots of 20 s. */
export const EPOCH_CLOCK = new EpochClock({ genesis: GENESIS, duration: 86_400, slotSeconds: 20 });

/** A moment in epoch 100, at the start of a slot; milliseconds since 1970. */
export const START_MS = (GENESIS + 100 * 86_400 + 2_000) * 1_000;

export const BLOCK_MS = 2_000;
/** What a production node sends along: half of its capacity in use, two containers. */
const LOAD = 0;
const CONTAINERS = [] as const;

/** Private key number `index` of a kind; the same in every run. */
export function keyBytes(kind: string, index: number): Uint8Array {
  return keccak(new TextEncoder().encode(`bench ${kind} ${index}`));
}

export function nodeKeys(count = NODES): SigningKey[] {
  return Array.from({ length: count }, (_, index) => new SigningKey(keyBytes("node", index)));
}

/** One Node Deed per node, all associated long ago. */
export function linksOf(nodes: readonly Address[]): Link[] {
  return nodes.map((node, index) => ({ deed: deedId(DeedKind.NODE, BigInt(index + 1)), node, associatedAt: 1n }));
}

/** A chain on which these links are active for good, each deed with an owner of its own. */
export function stateWith(links: readonly Link[]): ProtocolState {
  const linked = links.map(
    ({ deed, node, associatedAt }) => [deed, { node, owner: node, associatedAt, epoch: 0n }] as const,
  );
  const operators = links.map(({ node }) => [node, { approvedUntil: 1e12, banned: false, isBusiness: false }] as const);
  return { ...emptyState, links: new Map(linked), operators: new Map(operators) };
}

/** A chain with a block every two seconds, the last 256 of them remembered, as seen at a moment. */
export class BlockLine implements RecentBlocks {
  readonly #now: () => number;
  readonly #numbers = new Map<Hash, number>();
  #known = -1;

  constructor(now: () => number) {
    this.#now = now;
  }

  get head(): number {
    return blockAt(this.#now());
  }

  numberOf(hash: Hash): number | undefined {
    const { head } = this;
    for (let number = Math.max(this.#known + 1, head - 255); number <= head; number += 1) {
      this.#numbers.set(blockHash(number), number);
      this.#numbers.delete(blockHash(number - 256));
    }
    this.#known = Math.max(this.#known, head);
    return this.#numbers.get(hash);
  }
}

/** A heartbeat as a node signs it at a moment, milliseconds since 1970. */
export function heartbeatAt(key: SigningKey, time: number): Uint8Array {
  const number = blockAt(time);
  return signHeartbeat(
    {
      chainId: CHAIN_ID,
      nodeRegistry: NODE_REGISTRY,
      node: key.address,
      sequence: BigInt(Math.floor(time)),
      time: BigInt(Math.floor(time)),
      blockNumber: BigInt(number),
      blockHash: blockHash(number),
      load: LOAD,
      containers: CONTAINERS,
    },
    key,
  );
}

function blockAt(time: number): number {
  return Math.floor((time - GENESIS * 1_000) / BLOCK_MS);
}

const hashes = new Map<number, Hash>();

/** Remembered: thousands of heartbeats name the same block. */
function blockHash(number: number): Hash {
  const known = hashes.get(number) ?? bytesToHex(keccak(new TextEncoder().encode(`block ${number}`)));
  hashes.set(number, known);
  return known;
}
