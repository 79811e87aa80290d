import { bytesToHex, type Hash } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { availabilityCredit, type Credit, dataHash, encodeLeafFile, type LeafFile, nextLeafFile, serviceCredit, treeOf } from "../../keepers/protocol/leafFile.js";
import { serviceId } from "../../keepers/protocol/serviceId.js";
import { leafColumns, sampleAddress, sampleLeaves } from "./samples.js";

const ZERO: Hash = `0x${"00".repeat(32)}`;
const LEDGER = sampleAddress("ledger");

/**
 * An empty file, a first one, the one after it (a deed that got nothing, a new one; services: one that was there, two that began,
 * one of them without having served), and one of another chain.
 */
export function leafFileVectors(): object {
  const empty: LeafFile = { chainId: 8453n, ledger: LEDGER, epoch: 0n, previousRoot: ZERO, entries: [] };
  const first = { ...empty, epoch: 1n, entries: sampleLeaves(8) };
  const second = nextLeafFile({ ...first, epoch: 3n, previousRoot: treeOf(first).root }, first.entries, [
    availabilityCredit(deedId(DeedKind.NODE, 1n), 255),
    availabilityCredit(deedId(DeedKind.NODE, 2n), 0),
    availabilityCredit(deedId(DeedKind.NODE, 40n), 254),
    availabilityCredit(deedId(DeedKind.GENESIS, 1n), 17),
    service(7n, 200),
    service(9n, 255),
    service(10n, 0),
  ]);
  const other = { ...first, chainId: 2n ** 64n - 1n, epoch: 2n ** 64n - 1n, ledger: sampleAddress("other ledger") };
  return { files: [empty, first, second, other].map(leafFileVector) };
}

/** Of job `n`, which Node Deed `n` serves. */
function service(n: bigint, bytes: number): Credit {
  return serviceCredit(serviceId(n, deedId(DeedKind.NODE, n)), bytes);
}

function leafFileVector(file: LeafFile): object {
  const encoded = encodeLeafFile(file);
  return {
    chainId: file.chainId,
    ledger: file.ledger,
    epoch: file.epoch,
    previousRoot: file.previousRoot,
    ...leafColumns(file.entries),
    encoded: bytesToHex(encoded),
    dataHash: dataHash(encoded),
    root: file.entries.length === 0 ? ZERO : treeOf(file).root,
    leafCount: file.entries.length,
  };
}
