import { type HDNodeWallet, parseEther } from "ethers";

import { addressOf } from "../../../keepers/chain/deployment.js";
import { deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { associationData } from "../../../keepers/protocol/typedData.js";
import { type Cast, castOf } from "../../../scripts/network/accounts.js";
import { chainTime, mined, type Protocol } from "../../../scripts/network/protocol.js";

/** A deed with its owner and its node, for the whole test. */
export interface Licence {
  readonly deed: bigint;
  readonly kind: DeedKind;
  readonly owner: HDNodeWallet;
  readonly node: HDNodeWallet;
  /** Unix seconds. */
  readonly associatedAt: bigint;
}

/** Who has a licence. */
export interface Licences {
  /** With a Master deed each, in the order of their addresses. */
  readonly oracles: readonly Licence[];
  /** A Genesis deed. */
  readonly foundation: Licence;
  /** A Master deed. */
  readonly operator: Licence;
}

const MASTER_ALLOCATION = parseEther("1000000");
const GAS_MONEY = parseEther("10");
const APPROVAL_SECONDS = 365 * 86_400;
const CONSENT_SECONDS = 10;
const PERSON = 1;

/** Approves everybody, issues the deeds, associates the nodes and makes the oracles oracles. */
export async function issueLicences(protocol: Protocol): Promise<Licences> {
  const cast = castOf(protocol.provider, 1);
  const { oracleOwners, oracleNodes, foundation, genesisNode, operators, operatorNodes } = cast;
  const [operator, operatorNode] = [operators[0]!, operatorNodes[0]!];
  const oracles: Licence[] = [];
  for (const [index, owner] of [...oracleOwners, operator].entries()) {
    oracles.push(await masterLicence(protocol, cast, index + 1, owner, [...oracleNodes, operatorNode][index]!));
  }
  await approve(protocol, cast, foundation);
  await mined(protocol.contracts.genesisNodeDeed.connect(cast.governance).issue(foundation.address));
  const genesis = await associate(protocol, { kind: DeedKind.GENESIS, owner: foundation, node: genesisNode }, 1);
  const [last] = oracles.splice(-1);
  for (const { node } of oracles) await appoint(protocol, cast, node);
  return {
    oracles: oracles.sort((a, b) => (addressOfNode(a) < addressOfNode(b) ? -1 : 1)),
    foundation: genesis,
    operator: last!,
  };
}

/** Lower-case, as keepers write it. */
export function addressOfNode({ node }: Pick<Licence, "node">): string {
  return node.address.toLowerCase();
}

async function masterLicence(protocol: Protocol, cast: Cast, token: number, owner: HDNodeWallet, node: HDNodeWallet) {
  await approve(protocol, cast, owner);
  await mined(protocol.contracts.masterNodeDeed.connect(cast.governance).issue(owner.address, MASTER_ALLOCATION));
  return associate(protocol, { kind: DeedKind.MASTER, owner, node }, token);
}

async function approve({ contracts, provider }: Protocol, { governance }: Cast, operator: HDNodeWallet): Promise<void> {
  const until = (await chainTime(provider)) + APPROVAL_SECONDS;
  await mined(contracts.operatorRegistry.connect(governance).approve(operator.address, until, PERSON));
}

async function appoint({ contracts }: Protocol, { governance }: Cast, node: HDNodeWallet): Promise<void> {
  await mined(contracts.oracleRegistry.connect(governance).addOracle(node.address));
  await (await governance.sendTransaction({ to: node.address, value: GAS_MONEY })).wait();
}

async function associate(
  { contracts, deployment, chainId, provider }: Protocol,
  parties: Pick<Licence, "kind" | "owner" | "node">,
  token: number,
): Promise<Licence> {
  const { kind, owner, node } = parties;
  const deed = deedId(kind, BigInt(token));
  const deadline = BigInt((await chainTime(provider)) + CONSENT_SECONDS);
  const domain = { chainId, verifyingContract: addressOf(deployment, "NodeRegistry") };
  const data = associationData(domain, { deed, owner: owner.address.toLowerCase(), deadline });
  const consent = await node.signTypedData(data.domain, data.types, data.value);
  const { blockNumber } = await mined(
    contracts.nodeRegistry.connect(owner).associate(deed, node.address, deadline, consent),
  );
  const block = await provider.getBlock(blockNumber);
  return { ...parties, deed, associatedAt: BigInt(block!.timestamp) };
}
