import type { HDNodeWallet } from "ethers";

import { addressOf } from "../../../keepers/chain/deployment.js";
import type { DeedId } from "../../../keepers/protocol/deedId.js";
import { associationData } from "../../../keepers/protocol/typedData.js";
import { chainTime, mined } from "../protocol.js";
import type { World } from "../world.js";

/** Seconds that a node's consent is good for; the contract allows one re-association delay at most. */
const CONSENT_SECONDS = 10;

/** The owner associates the node, whose own key consents. */
export async function associate(
  { protocol, deeds }: Pick<World, "protocol"> & { readonly deeds: Pick<World["deeds"], "add"> },
  deed: DeedId,
  owner: HDNodeWallet,
  node: HDNodeWallet,
): Promise<void> {
  const { nodeRegistry } = protocol.contracts;
  const domain = { chainId: protocol.chainId, verifyingContract: addressOf(protocol.deployment, "NodeRegistry") };
  const deadline = BigInt((await chainTime(protocol.provider)) + CONSENT_SECONDS);
  const data = associationData(domain, { deed, owner: owner.address.toLowerCase(), deadline });
  const consent = await node.signTypedData(data.domain, data.types, data.value);
  await mined(nodeRegistry.connect(owner).associate(deed, node.address, deadline, consent));
  deeds.add({ id: deed, owner: owner.address.toLowerCase(), node: node.address.toLowerCase() });
}
