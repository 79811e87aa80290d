import { addressOf } from "../../keepers/chain/deployment.js";
import type { Association } from "../history.js";
import type { World } from "../world/world.js";
import { blockTime } from "./blockTime.js";

/** Which deed had which node, and when. Ascending by beginning. */
export async function readAssociations({ protocol, keeperOf }: World): Promise<Association[]> {
  const { nodeRegistry } = protocol.contracts;
  const logs = await protocol.provider.getLogs({
    address: addressOf(protocol.deployment, "NodeRegistry"),
    fromBlock: 0,
  });
  const spans: (Association & { to: number | undefined })[] = [];
  for (const log of logs) {
    const event = nodeRegistry.interface.parseLog(log);
    const at = (await blockTime(protocol, log.blockNumber)) * 1_000;
    const deed = event?.args["deed"] as bigint;
    if (event?.name === "NodeDissociated") {
      const open = spans.findLast((span) => span.deed === deed && span.to === undefined);
      if (open) open.to = at;
    } else if (event?.name === "NodeAssociated") {
      const keeper = keeperOf.get((event.args["node"] as string).toLowerCase()) ?? "unknown";
      spans.push({ deed, keeper, from: at, to: undefined });
    }
  }
  return spans;
}
