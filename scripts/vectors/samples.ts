import { type Address, bytesToHex, type Hash } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { compareLeaves, type LeafEntry, LeafKind } from "../../keepers/protocol/leaf.js";
import { serviceId } from "../../keepers/protocol/serviceId.js";
import { keccak, SigningKey } from "../../keepers/protocol/signing.js";

/** What the sample names: the same text gives the same bytes, for ever. */
export function sampleHash(name: string): Hash {
  return bytesToHex(keccak(Buffer.from(`R1/vectors/${name}`, "ascii")));
}

/** A private key that everybody knows. Never send anything to its address. */
export function sampleKey(name: string): { readonly privateKey: Hash; readonly key: SigningKey } {
  const privateKey = sampleHash(`key/${name}`);
  return { privateKey, key: new SigningKey(privateKey) };
}

/** An address without a known key. */
export function sampleAddress(name: string): Address {
  return sampleHash(`address/${name}`).slice(0, 42);
}

/** A small number that looks random. */
export function sampleNumber(name: string, below: number): number {
  return Number(BigInt(sampleHash(`number/${name}`)) % BigInt(below));
}

/** `count` leaves in the order of a tree: Node Deeds, then one Master and one Genesis Deed, then two services. */
export function sampleLeaves(count: number): LeafEntry[] {
  const others = [
    { kind: LeafKind.AVAILABILITY, id: deedId(DeedKind.MASTER, 2n), cumulative: 255n },
    { kind: LeafKind.AVAILABILITY, id: deedId(DeedKind.GENESIS, 1n), cumulative: 1020n },
    ...[7n, 8n].map((job) => ({
      kind: LeafKind.SERVICE,
      id: BigInt(serviceId(job, deedId(DeedKind.NODE, job))),
      cumulative: job * 100n,
    })),
  ].sort(compareLeaves);
  const nodes = Array.from({ length: Math.max(count - others.length, Math.min(count, 3)) }, (_, i) => ({
    kind: LeafKind.AVAILABILITY,
    id: deedId(DeedKind.NODE, BigInt(i + 1)),
    cumulative: BigInt(1 + sampleNumber(`cumulative/${i}`, 255 * 30)),
  }));
  return [...nodes, ...others].slice(0, count);
}

/** A 256-bit id as bytes32. */
export function idHex(id: bigint): Hash {
  return `0x${id.toString(16).padStart(64, "0")}`;
}

/** Leaves as three parallel arrays, which Solidity's JSON cheatcodes read without a struct. */
export function leafColumns(leaves: readonly LeafEntry[]): { kinds: number[]; ids: Hash[]; cumulatives: bigint[] } {
  return {
    kinds: leaves.map(({ kind }) => kind),
    ids: leaves.map(({ id }) => idHex(id)),
    cumulatives: leaves.map(({ cumulative }) => cumulative),
  };
}
