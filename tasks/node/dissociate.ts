import { action } from "../lib/action.js";
import { deedName, parseDeed } from "../lib/names.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

interface DissociateArguments extends SenderArguments {
  readonly deed: string;
}

export default action<DissociateArguments>(async (args, session) => {
  const deed = parseDeed(args.deed);
  const name = deedName(deed);
  const { nodeRegistry } = (await session.protocol()).contracts;
  const node = await nodeRegistry.nodeOf(deed);
  const transaction = await nodeRegistry.dissociate.populateTransaction(deed);
  const outcome = await send(session, { label: `dissociating ${name}`, transaction });
  return answerOf(outcome, () => ({
    json: { deed: name, node },
    lines: [`Dissociated ${name} from node ${node}. What it earned stays with the deed.`],
  }));
});
