import { type DeedId, formatDeed, DeedKind, parseDeedId } from "../../../keepers/protocol/deedId.js";
import { r1, short } from "../amounts.js";
import type { Claim, DeedEntry } from "../deedBook.js";
import type { World } from "../world.js";

/** For each deed: how long its node was there, what was claimed for it, and what its owner holds now; then the supply. */
export async function showResults(world: World, claims: readonly Claim[]): Promise<void> {
  const { protocol, deeds, narrator } = world;
  const { r1: token } = protocol.contracts;
  const amounts = new Map<DeedId, bigint>(claims.map(({ deed, amount }) => [deed, amount]));
  for (const deed of deeds.all) {
    const amount = amounts.get(deed.id);
    const earned = amount === undefined ? "nothing to claim" : `claimed ${r1(amount)}`;
    narrator.tell(`  ${presence(deed)}: ${earned}; ${await holdings(world, deed)}`);
  }
  const [minted, burned, total] = await Promise.all([token.totalMinted(), token.totalBurned(), token.totalSupply()]);
  narrator.tell(`R1 minted ${r1(minted)}, burned ${r1(burned)}, in existence ${r1(total)}`);
}

/** "ND #6 was there 50 % (127/255)". */
function presence({ id, perEpoch }: DeedEntry): string {
  const byte = perEpoch.at(-1) ?? 0;
  return `${formatDeed(id)} ${((byte / 255) * 100).toFixed(0)} % (${byte}/255)`;
}

/** The Genesis deed earns for the pools, each other deed for its owner. */
async function holdings({ protocol }: World, { id, owner }: DeedEntry): Promise<string> {
  const { pools, r1: token } = protocol.contracts;
  if (parseDeedId(id).kind !== DeedKind.GENESIS) return `${short(owner)} holds ${r1(await token.balanceOf(owner))}`;
  const balances = await Promise.all(Object.values(pools).map((pool) => token.balanceOf(pool)));
  return `the pools hold ${r1(balances.reduce((sum, balance) => sum + balance, 0n))}`;
}

/** What each pool holds. */
export async function showPools({ protocol, narrator }: World): Promise<void> {
  const { pools, r1: token } = protocol.contracts;
  for (const pool of Object.values(pools)) {
    narrator.tell(`  ${await pool.name()}: ${r1(await token.balanceOf(pool))}`);
  }
}
