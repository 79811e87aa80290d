import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { kindSymbol } from "../../keepers/protocol/deedId.js";
import { MASTER_ALLOCATION, NODE_DEEDS } from "../../keepers/protocol/supply.js";
import { action } from "../lib/action.js";
import { formatAmount, formatPrice, formatR1 } from "../lib/amounts.js";
import { collectionOf, DEED_KINDS } from "../lib/deeds.js";
import { readPrice } from "../lib/price.js";
import type { CommonArguments } from "../lib/session.js";
import { facts, table } from "../lib/table.js";
import { formatTime } from "../lib/times.js";

export default action<CommonArguments>(async (_args, session) => {
  const protocol = await session.protocol();
  const { contracts } = protocol;
  const { r1, masterNodeDeed } = contracts;
  const [minted, burned, total, cap, allocated, price, classes, pools, now] = await Promise.all([
    r1.totalMinted(),
    r1.totalBurned(),
    r1.totalSupply(),
    r1.CAP(),
    masterNodeDeed.totalAllocated(),
    readPrice(protocol),
    readClasses(contracts),
    readPools(contracts),
    session.time(),
  ]);
  return {
    json: { minted, burned, total, cap, masterAllocated: allocated, price: price ?? null, classes, pools },
    lines: [
      ...facts([
        ["minted", `${formatAmount(minted, price)} of ${formatR1(cap)}`],
        ["burned", formatAmount(burned, price)],
        ["in circulation", formatAmount(total, price)],
        ["assigned to MNDs", `${formatR1(allocated)} of ${formatR1(MASTER_ALLOCATION)}`],
        ["price", price === undefined ? "the feed gives none" : formatPrice(price)],
      ]),
      "",
      ...table(["class", "issued", "starts at epoch", "epochs to mine all"], classes.map(classRow)),
      "",
      ...table(
        ["pool", "holds", "released", "releasable", "unlocks"],
        pools.map((pool) => poolRow(pool, now)),
      ),
    ],
  };
});

type ClassFacts = Awaited<ReturnType<typeof readClasses>>[number];
type PoolFacts = Awaited<ReturnType<typeof readPools>>[number];

function readClasses(contracts: ProtocolContracts) {
  return Promise.all(
    DEED_KINDS.map(async (kind) => {
      const collection = collectionOf(contracts, kind);
      const [issued, startEpoch, duration] = await Promise.all([
        collection.totalSupply(),
        collection.CLASS_START(),
        collection.DURATION(),
      ]);
      return { kind: kindSymbol(kind), issued, startEpoch, duration };
    }),
  );
}

function classRow({ kind, issued, startEpoch, duration }: ClassFacts): string[] {
  const of = kind === "ND" ? ` of ${NODE_DEEDS.toLocaleString("en")}` : "";
  return [kind, `${issued.toLocaleString("en")}${of}`, startEpoch.toString(), duration.toString()];
}

function readPools({ pools, r1 }: ProtocolContracts) {
  return Promise.all(
    Object.values(pools).map(async (pool) => {
      const address = await pool.getAddress();
      const [name, balance, released, releasable, unlockTime] = await Promise.all([
        pool.name(),
        r1.balanceOf(address),
        pool.released(),
        pool.releasable(),
        pool.UNLOCK_TIME(),
      ]);
      return { name, address, balance, released, releasable, unlockTime };
    }),
  );
}

function poolRow({ name, balance, released, releasable, unlockTime }: PoolFacts, now: bigint): string[] {
  const unlocks = unlockTime <= now ? "unlocked" : formatTime(unlockTime);
  return [name, formatR1(balance), formatR1(released), formatR1(releasable), unlocks];
}
