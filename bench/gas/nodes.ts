import { type ContractTransactionReceipt, id } from "ethers";

import { SigningKey } from "../../keepers/protocol/signing.js";
import { associationDigest } from "../../keepers/protocol/typedData.js";
import { type Chain, epochStart, mined, type Signer } from "./chain.js";
import type { Protocol } from "./protocol.js";

/** Which node shall serve which deed, and the epoch in whose first hours that is agreed. */
export interface Terms {
  readonly deed: bigint;
  readonly owner: Signer;
  readonly key: SigningKey;
  readonly epoch: number;
}

const CONSENT_SECONDS = 10_800n;
const RECOVERY_ID_AT = 64;

/** The key of the node of that name. */
export function nodeKey(name: string): SigningKey {
  return new SigningKey(id(`bench: node ${name}`));
}

/** The owner associates the node, with the node's consent. */
export async function associate(
  chain: Chain,
  { registry }: Protocol,
  { deed, owner, key, epoch }: Terms,
): Promise<ContractTransactionReceipt> {
  const { chainId } = await chain.ethers.provider.getNetwork();
  const domain = { chainId, verifyingContract: (await registry.getAddress()).toLowerCase() };
  const deadline = epochStart(epoch) + CONSENT_SECONDS;
  const digest = associationDigest(domain, { deed, owner: owner.address.toLowerCase(), deadline });
  return mined(registry.connect(owner).associate(deed, key.address, deadline, withV(key.sign(digest))));
}

/** With `v` 27 or 28 in place of the recovery id, as contracts recover it. */
function withV(signature: Uint8Array): Uint8Array {
  const bytes = signature.slice();
  bytes[RECOVERY_ID_AT] = (bytes[RECOVERY_ID_AT] as number) + 27;
  return bytes;
}
