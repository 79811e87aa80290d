import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { DeedKind, type DeedId, parseDeedId } from "../../keepers/protocol/deedId.js";
import { minted } from "../../keepers/protocol/emission.js";

/** How the deeds of a class mine, as its contract says. */
export interface ClassTerms {
  readonly curve: "linear" | "logistic";
  /** First epoch whose bytes are credited. */
  readonly start: bigint;
  /** Epochs of full credit that mine the whole allocation. */
  readonly duration: bigint;
}

export type Schedules = Readonly<Record<DeedKind, ClassTerms>>;

/** The schedules in force. */
export async function readSchedules(contracts: ProtocolContracts): Promise<Schedules> {
  const read = async (kind: DeedKind): Promise<ClassTerms> => {
    const collection = collectionOf(contracts, kind);
    const [start, duration] = await Promise.all([collection.CLASS_START(), collection.DURATION()]);
    return { curve: kind === DeedKind.MASTER ? "logistic" : "linear", start, duration };
  };
  return {
    [DeedKind.NODE]: await read(DeedKind.NODE),
    [DeedKind.MASTER]: await read(DeedKind.MASTER),
    [DeedKind.GENESIS]: await read(DeedKind.GENESIS),
  };
}

/** Wei that the deed mines in all, as its contract says. */
export async function allocationOf(contracts: ProtocolContracts, deed: DeedId): Promise<bigint> {
  const { kind, tokenId } = parseDeedId(deed);
  return collectionOf(contracts, kind).allocationOf(tokenId);
}

/** Wei that the deed has mined by the law of its class, computed here and not on chain. */
export function expectedOf(schedules: Schedules, deed: DeedId, allocation: bigint, cumulative: bigint): bigint {
  const { curve, duration } = schedules[parseDeedId(deed).kind];
  return minted({ curve, duration, allocation }, cumulative);
}

function collectionOf(contracts: ProtocolContracts, kind: DeedKind) {
  if (kind === DeedKind.NODE) return contracts.nodeDeed;
  return kind === DeedKind.MASTER ? contracts.masterNodeDeed : contracts.genesisNodeDeed;
}
