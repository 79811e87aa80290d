import { type Address, bytesToHex, ByteWriter, EncodingError, type Hash } from "./bytes.js";
import { keccak } from "./signing.js";

/** A deed and the node that earns for it, as the chain had it at the last block of an epoch. */
export interface Link {
  readonly deed: bigint;
  readonly node: Address;
  /** Unix seconds; heartbeats before it do not count for this deed. */
  readonly associatedAt: bigint;
}

/**
 * The bytes whose hash shows that two oracles look at the same links.
 * @throws EncodingError unless deeds are strictly ascending, or when a field is out of range
 */
export function encodeLinks(epoch: bigint, links: readonly Link[]): Uint8Array {
  const writer = new ByteWriter().ascii("R1/links/1").u64(epoch).u32(links.length);
  let previous = 0n;
  for (const { deed, node, associatedAt } of links) {
    if (deed <= previous) throw new EncodingError(`links: deed ${deed} does not come after ${previous}`);
    writer
      .bytes32(`0x${deed.toString(16).padStart(64, "0")}`)
      .address(node)
      .u64(associatedAt);
    previous = deed;
  }
  return writer.toBytes();
}

/** keccak256 of `encodeLinks`. */
export function linksHash(epoch: bigint, links: readonly Link[]): Hash {
  return bytesToHex(keccak(encodeLinks(epoch, links)));
}
