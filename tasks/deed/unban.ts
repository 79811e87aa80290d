import { parseDeedId } from "../../keepers/protocol/deedId.js";
import { action } from "../lib/action.js";
import { collectionOf } from "../lib/deeds.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { deedName, parseDeed } from "../lib/names.js";

interface UnbanArguments extends GovernorArguments {
  readonly deed: string;
}

export default action<UnbanArguments>(async (args, session) => {
  const deed = parseDeed(args.deed);
  const { kind, tokenId } = parseDeedId(deed);
  const collection = collectionOf((await session.protocol()).contracts, kind);
  return govern(args, session, {
    label: `lifting the ban of ${deedName(deed)}`,
    transaction: await collection.unban.populateTransaction(tokenId),
    done: () => ({
      json: { deed: deedName(deed) },
      lines: [`Lifted the ban of ${deedName(deed)}: what it earned before is claimable again.`],
    }),
  });
});
