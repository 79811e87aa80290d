import { KeeperError } from "../../keepers/core/errors.js";
import { type DeedId, type DeedKind, deedId, kindSymbol, parseDeedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { formatR1 } from "../lib/amounts.js";
import { collectionOf, DEED_KINDS, type DeedState, deedsOf, readDeeds } from "../lib/deeds.js";
import { deedName, parseAddress } from "../lib/names.js";
import type { Protocol } from "../lib/protocol.js";
import type { CommonArguments, Session } from "../lib/session.js";
import { table } from "../lib/table.js";

interface ListArguments extends CommonArguments {
  readonly owner: string | undefined;
  readonly kind: string | undefined;
  readonly limit: number;
}

export default action<ListArguments>(async (args, session) => {
  if (args.limit < 1) throw new KeeperError("LIMIT_INVALID", `--limit: got ${args.limit}, want 1 or more`);
  const protocol = await session.protocol();
  const kinds = args.kind === undefined ? DEED_KINDS : [parseKind(args.kind)];
  const { deeds, total } =
    args.owner === undefined
      ? await issuedDeeds(protocol, kinds, args.limit)
      : await ownedDeeds(session, parseAddress(args.owner, "--owner"), kinds, args.limit);
  const states = await readDeeds(protocol, deeds, session.terminal);
  const more =
    total > deeds.length ? [`${total - deeds.length} more: raise --limit, or choose with --owner or --kind.`] : [];
  return {
    json: { deeds: states.map(describe), total },
    lines: states.length === 0 ? ["No deeds."] : [...listLines(states), ...more],
  };
});

function listLines(states: readonly DeedState[]): string[] {
  const rows = states.map(({ deed, owner, node, mined, allocation, banned }) => [
    deedName(deed),
    owner,
    node ?? "none",
    formatR1(mined),
    formatR1(allocation - mined),
    banned ? "banned" : "",
  ]);
  return table(["deed", "owner", "node", "mined", "residual", ""], rows);
}

function describe({ deed, node, firstEpoch, ...state }: DeedState): Record<string, unknown> {
  return { deed: deedName(deed), node: node ?? null, firstEpoch: firstEpoch ?? null, ...state };
}

interface Listing {
  readonly deeds: readonly DeedId[];
  /** Deeds that there are, also beyond the limit. */
  readonly total: number;
}

/** Token ids of a class run from 1 to its supply. */
async function issuedDeeds({ contracts }: Protocol, kinds: readonly DeedKind[], limit: number): Promise<Listing> {
  const deeds: DeedId[] = [];
  let total = 0;
  for (const kind of kinds) {
    const supply = Number(await collectionOf(contracts, kind).totalSupply());
    total += supply;
    const listed = Math.min(supply, limit - deeds.length);
    for (let token = 1; token <= listed; token++) deeds.push(deedId(kind, BigInt(token)));
  }
  return { deeds, total };
}

async function ownedDeeds(
  session: Session,
  owner: string,
  kinds: readonly DeedKind[],
  limit: number,
): Promise<Listing> {
  const all = await deedsOf(await session.protocol(), owner, session.terminal);
  const wanted = all.filter((deed) => kinds.includes(parseDeedId(deed).kind));
  return { deeds: wanted.slice(0, limit), total: wanted.length };
}

function parseKind(text: string): DeedKind {
  const kind = DEED_KINDS.find((candidate) => kindSymbol(candidate) === text.toUpperCase());
  if (kind !== undefined) return kind;
  throw new KeeperError("KIND_INVALID", `--kind: got ${JSON.stringify(text)}, want ND, MND or GND`);
}
