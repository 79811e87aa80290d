import { ZeroAddress } from "ethers";

import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { type DeedId, DeedKind, deedId, parseDeedId } from "../../keepers/protocol/deedId.js";
import { scanEvents } from "./events.js";
import { deedName } from "./names.js";
import { mapAtMost } from "./parallel.js";
import type { Protocol } from "./protocol.js";
import type { Terminal } from "./terminal.js";

/** A deed as it stands on chain. Amounts are wei. */
export interface DeedState {
  readonly deed: DeedId;
  readonly owner: string;
  /** Undefined: none. */
  readonly node: string | undefined;
  /** Unix seconds; 0: never. */
  readonly associatedAt: bigint;
  /** Undefined: never associated. */
  readonly firstEpoch: bigint | undefined;
  readonly claimedBytes: bigint;
  readonly mined: bigint;
  readonly allocation: bigint;
  readonly banned: boolean;
}

/** Requests at a time: public RPC servers cut off those that ask for much more. */
const REQUESTS = 8;

export const DEED_KINDS = [DeedKind.NODE, DeedKind.MASTER, DeedKind.GENESIS] as const;

/** The collection of a class. */
export function collectionOf(contracts: ProtocolContracts, kind: DeedKind) {
  const { nodeDeed, masterNodeDeed, genesisNodeDeed } = contracts;
  return { [DeedKind.NODE]: nodeDeed, [DeedKind.MASTER]: masterNodeDeed, [DeedKind.GENESIS]: genesisNodeDeed }[kind];
}

/** @throws KeeperError `DEED_UNKNOWN` when it was not issued */
export async function readDeed({ contracts }: Protocol, deed: DeedId): Promise<DeedState> {
  const { kind, tokenId } = parseDeedId(deed);
  const collection = collectionOf(contracts, kind);
  const record = await collection.recordOf(tokenId);
  if (record.owner === ZeroAddress) throw await unknownDeed(contracts, deed);
  const [node, associatedAt, mined, allocation] = await Promise.all([
    contracts.nodeRegistry.nodeOf(deed),
    contracts.nodeRegistry.associatedAt(deed),
    collection.mintedAt(tokenId, record.claimed),
    collection.allocationOf(tokenId),
  ]);
  return {
    deed,
    owner: record.owner,
    node: node === ZeroAddress ? undefined : node,
    associatedAt,
    firstEpoch: record.associatedBefore ? record.firstEpoch : undefined,
    claimedBytes: record.claimed,
    mined,
    allocation,
    banned: record.banned,
  };
}

/** Several deeds in the order given, with progress. */
export async function readDeeds(
  protocol: Protocol,
  deeds: readonly DeedId[],
  terminal: Terminal,
): Promise<DeedState[]> {
  return terminal.during(`reading ${deeds.length} deeds`, (relabel) =>
    mapAtMost(REQUESTS, deeds, (deed, index) => {
      relabel(`reading deed ${index + 1} of ${deeds.length}`);
      return readDeed(protocol, deed);
    }),
  );
}

/** All deeds that `owner` has now, in ascending order: those ever transferred to it that it still has. */
export async function deedsOf(protocol: Protocol, owner: string, terminal: Terminal): Promise<DeedId[]> {
  const found = await terminal.during(`looking for the deeds of ${owner}`, async (relabel) => {
    const each = DEED_KINDS.map(async (kind) => {
      const collection = collectionOf(protocol.contracts, kind);
      if ((await collection.balanceOf(owner)) === 0n) return [];
      const filter = collection.filters.Transfer(undefined, owner);
      const events = await scanEvents(protocol, (from, to) => collection.queryFilter(filter, from, to), relabel);
      const tokens = [...new Set(events.map(({ args }) => args.tokenId))].sort((a, b) => (a < b ? -1 : 1));
      const owners = await mapAtMost(REQUESTS, tokens, async (token) => (await collection.recordOf(token)).owner);
      return tokens.filter((_, index) => owners[index] === owner).map((token) => deedId(kind, token));
    });
    return Promise.all(each);
  });
  return found.flat();
}

async function unknownDeed(contracts: ProtocolContracts, deed: DeedId): Promise<KeeperError> {
  const { kind } = parseDeedId(deed);
  const issued = await collectionOf(contracts, kind).totalSupply();
  const range = issued === 0n ? "none of its class is issued" : `${issued.toString()} of its class are issued`;
  return new KeeperError("DEED_UNKNOWN", `there is no deed ${deedName(deed)}: ${range}`);
}
