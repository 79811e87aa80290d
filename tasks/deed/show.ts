import { resolve } from "node:path";

import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { writeFileAtomic } from "../../keepers/core/files.js";
import { type DeedId, parseDeedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatAmount, type R1Price } from "../lib/amounts.js";
import { collectionOf, type DeedState, readDeed } from "../lib/deeds.js";
import { deedName, parseDeed } from "../lib/names.js";
import { readPrice } from "../lib/price.js";
import type { Protocol } from "../lib/protocol.js";
import type { CommonArguments } from "../lib/session.js";
import { facts } from "../lib/table.js";
import { formatTime } from "../lib/times.js";

interface ShowArguments extends CommonArguments {
  readonly deed: string;
  readonly svg: string | undefined;
}

const FULL = 255;
const JSON_URI = "data:application/json;base64,";
const SVG_URI = "data:image/svg+xml;base64,";

export default action<ShowArguments>(async (args, session) => {
  const deed = parseDeed(args.deed);
  const protocol = await session.protocol();
  const state = await readDeed(protocol, deed);
  const lines = showLines(state, await readPrice(protocol));
  const json = { ...state, deed: deedName(deed), node: state.node ?? null, firstEpoch: state.firstEpoch ?? null };
  if (args.svg === undefined) return { json, lines };
  const path = resolve(args.svg);
  await writeFileAtomic(new SystemDisk(), path, await readPicture(protocol, deed));
  return { json: { ...json, svg: path }, lines: [...lines, `Picture written to ${path}.`] };
});

function showLines(state: DeedState, price: R1Price | undefined): string[] {
  const { deed, owner, node, associatedAt, firstEpoch, claimedBytes, mined, allocation, banned } = state;
  return facts([
    ["deed", deedName(deed) + (banned ? " (banned)" : "")],
    ["owner", owner],
    ["node", node === undefined ? "none" : `${node} since ${formatTime(associatedAt)}`],
    ["first epoch", firstEpoch === undefined ? "never associated" : firstEpoch.toString()],
    ["claimed", `${(Number(claimedBytes) / FULL).toFixed(2)} epochs of full availability`],
    ["mined", formatAmount(mined, price)],
    ["residual", formatAmount(allocation - mined, price)],
    ["allocation", formatAmount(allocation, price)],
  ]);
}

/** The SVG inside the deed's metadata. */
async function readPicture({ contracts }: Protocol, deed: DeedId): Promise<Uint8Array> {
  const { kind, tokenId } = parseDeedId(deed);
  const uri = await collectionOf(contracts, kind).tokenURI(tokenId);
  const metadata = JSON.parse(decode(uri, JSON_URI).toString("utf8")) as { readonly image: string };
  return decode(metadata.image, SVG_URI);
}

function decode(uri: string, prefix: string): Buffer {
  if (!uri.startsWith(prefix))
    throw new KeeperError("PICTURE_INVALID", `the deed's metadata does not begin with ${prefix}`);
  return Buffer.from(uri.slice(prefix.length), "base64");
}
