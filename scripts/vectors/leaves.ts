import { bytesToHex } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { type LeafEntry, leafHash, LeafKind } from "../../keepers/protocol/leaf.js";
import { serviceId } from "../../keepers/protocol/serviceId.js";
import { idHex, leafColumns, sampleLeaves } from "./samples.js";

/** Leaves and their hashes, at the edges of every field too; ids of services. */
export function leafVectors(): object {
  const leaves = [...sampleLeaves(10), ...edges()];
  const services = [
    [1n, deedId(DeedKind.NODE, 1n), 0n],
    [77n, deedId(DeedKind.NODE, 2n), 7_650n],
    [2n ** 256n - 1n, deedId(DeedKind.NODE, 46_224n), 2n ** 64n - 1n],
  ] as const;
  return {
    ...leafColumns(leaves),
    hashes: leaves.map(({ kind, id, cumulative }) => bytesToHex(leafHash(kind, id, cumulative))),
    serviceJobs: services.map(([job]) => idHex(job)),
    serviceDeeds: services.map(([, deed]) => idHex(deed)),
    serviceIds: services.map(([job, deed]) => serviceId(job, deed)),
    serviceCumulatives: services.map(([, , cumulative]) => cumulative),
    serviceHashes: services.map(([job, deed, cumulative]) =>
      bytesToHex(leafHash(LeafKind.SERVICE, BigInt(serviceId(job, deed)), cumulative)),
    ),
  };
}

function edges(): LeafEntry[] {
  return [
    { kind: LeafKind.AVAILABILITY, id: 0n, cumulative: 0n },
    { kind: LeafKind.AVAILABILITY, id: deedId(DeedKind.NODE, 0n), cumulative: 1n },
    { kind: LeafKind.AVAILABILITY, id: deedId(DeedKind.NODE, 46_224n), cumulative: 275_400n },
    { kind: LeafKind.AVAILABILITY, id: deedId(DeedKind.GENESIS, 2n ** 248n - 1n), cumulative: 2n ** 64n - 1n },
    { kind: LeafKind.SERVICE, id: 2n ** 256n - 1n, cumulative: 2n ** 256n - 1n },
  ];
}
