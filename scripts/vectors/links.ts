import { bytesToHex } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { encodeLinks, type Link, linksHash } from "../../keepers/protocol/links.js";
import { idHex, sampleAddress } from "./samples.js";

/** No links, one, and some of every class. */
export function linkVectors(): object {
  const deeds = [
    deedId(DeedKind.NODE, 1n),
    deedId(DeedKind.NODE, 46_224n),
    deedId(DeedKind.MASTER, 3n),
    deedId(DeedKind.GENESIS, 1n),
  ];
  const links = deeds.map((deed, index) => ({
    deed,
    node: sampleAddress(`node/${index}`),
    associatedAt: 1_700_000_000n + BigInt(index) * 86_400n,
  }));
  return { lists: [linkVector(0n, []), linkVector(1n, links.slice(0, 1)), linkVector(2n ** 64n - 1n, links)] };
}

function linkVector(epoch: bigint, links: readonly Link[]): object {
  return {
    epoch,
    deeds: links.map(({ deed }) => idHex(deed)),
    nodes: links.map(({ node }) => node),
    associatedAts: links.map(({ associatedAt }) => associatedAt),
    encoded: bytesToHex(encodeLinks(epoch, links)),
    hash: linksHash(epoch, links),
  };
}
