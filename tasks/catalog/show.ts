import { formatUnits } from "ethers";

import { action } from "../lib/action.js";
import { formatPrice, formatR1, type R1Price } from "../lib/amounts.js";
import { type CatalogEntry, readCatalog } from "../lib/catalog.js";
import { readPrice } from "../lib/price.js";
import type { CommonArguments } from "../lib/session.js";
import { table } from "../lib/table.js";

interface ShowArguments extends CommonArguments {
  readonly all: boolean;
}

const PRICE_DECIMALS = 8n;
const MILLI = 1_000;
const MIB_PER_GIB = 1_024;

export default action<ShowArguments>(async ({ all }, session) => {
  const protocol = await session.protocol();
  const entries = await readCatalog(protocol, session.terminal);
  const price = await readPrice(protocol, protocol.contracts.resourceCatalog);
  const shown = entries.filter(({ isOffered }) => all || isOffered);
  const rows = shown.map((entry) => [
    entry.id.toString(),
    entry.name,
    entry.isGpu ? "GPU" : (entry.milliCpu / MILLI).toString(),
    gib(entry.memoryMiB),
    gib(entry.diskMiB),
    `$${formatUnits(entry.price, PRICE_DECIMALS)}`,
    price === undefined ? "-" : formatR1(rateOf(entry, price)),
    entry.isOffered ? "" : "withdrawn",
  ]);
  const header = ["id", "class", "cores", "GiB memory", "GiB disk", "USD per epoch", "R1 per epoch", ""];
  const classes = shown.map((entry) => ({ ...entry, rate: price === undefined ? null : rateOf(entry, price) }));
  const feed = price === undefined ? [] : [`Per node, at ${formatPrice(price)}. A GPU comes on top of a class.`];
  return { json: { classes, price: price ?? null }, lines: [...table(header, rows), ...feed] };
});

/** Wei per epoch and node, rounded up as the catalog does. */
function rateOf({ price: dollars }: CatalogEntry, { price, decimals }: R1Price): bigint {
  const divisor = price * 10n ** PRICE_DECIMALS;
  return (dollars * 10n ** (18n + decimals) + divisor - 1n) / divisor;
}

function gib(mebibytes: number): string {
  return mebibytes === 0 ? "-" : (mebibytes / MIB_PER_GIB).toString();
}
