import { parseDeedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { collectionOf } from "../lib/deeds.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { deedName, parseDeed } from "../lib/names.js";
import { publicText } from "../lib/pools.js";

interface BanArguments extends GovernorArguments {
  readonly deed: string;
  readonly reason: string | undefined;
}

export default action<BanArguments>(async (args, session) => {
  const deed = parseDeed(args.deed);
  const reason = publicText(args.reason, "--reason");
  const { kind, tokenId } = parseDeedId(deed);
  const collection = collectionOf((await session.protocol()).contracts, kind);
  return govern(args, session, {
    label: `banning ${deedName(deed)}`,
    transaction: await collection.ban.populateTransaction(tokenId, reason),
    done: () => ({ json: { deed: deedName(deed), reason }, lines: [`Banned ${deedName(deed)}: ${reason}`] }),
  });
});
