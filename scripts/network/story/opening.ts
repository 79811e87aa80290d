import { parseEther } from "ethers";

import { deedId, DeedKind } from "../../../keepers/protocol/deedId.js";
import { r1, short } from "../amounts.js";
import { chainTime, mined } from "../protocol.js";
import { seconds, until, type World } from "../world.js";
import { associate } from "./association.js";

const APPROVAL_SECONDS = 365 * 86_400;
const PERSON = 1;
const MASTER_ALLOCATION = parseEther("1000000");
/** Ether for an oracle's commits. */
const GAS_MONEY = parseEther("10");
const START_LIMIT_MS = 60_000;

/** From an empty protocol to oracles and the Genesis node at work. */
export async function opening(world: World): Promise<void> {
  const { narrator, protocol } = world;
  const { r1: token } = protocol.contracts;
  narrator.chapter("Nothing is pre-minted");
  narrator.tell(`R1 in existence: ${r1(await token.totalSupply())}; every one to come is mined by a node`);
  narrator.chapter("Operators are approved");
  await approveOperators(world);
  narrator.chapter("Four Master deeds for the oracles, and the Genesis deed");
  await issueMasterDeeds(world);
  await issueGenesisDeed(world);
  narrator.chapter("Oracles and the Genesis node start");
  await startKeepers(world);
}

async function approveOperators({ cast, protocol, narrator }: World): Promise<void> {
  const { governance, oracleOwners, foundation, operators } = cast;
  const registry = protocol.contracts.operatorRegistry.connect(governance);
  const until = (await chainTime(protocol.provider)) + APPROVAL_SECONDS;
  const everybody = [...oracleOwners, foundation, ...operators];
  for (const { address } of everybody) await mined(registry.approve(address, until, PERSON));
  narrator.tell(`${everybody.length} operators have passed verification; it is good for a year`);
}

async function issueMasterDeeds(world: World): Promise<void> {
  const { cast, protocol, narrator } = world;
  const { masterNodeDeed, oracleRegistry } = protocol.contracts;
  const { governance } = cast;
  for (const [index, owner] of cast.oracleOwners.entries()) {
    const node = cast.oracleNodes[index] as (typeof cast.oracleNodes)[number];
    await mined(masterNodeDeed.connect(governance).issue(owner.address, MASTER_ALLOCATION));
    const deed = deedId(DeedKind.MASTER, BigInt(index + 1));
    await associate(world, deed, owner, node);
    await mined(oracleRegistry.connect(governance).addOracle(node.address));
    const funding = await governance.sendTransaction({ to: node.address, value: GAS_MONEY });
    await funding.wait();
    narrator.tell(
      `MND #${index + 1} over ${r1(MASTER_ALLOCATION)} to ${short(owner.address)}; its node ${short(node.address)} is an oracle`,
    );
  }
  narrator.tell(`quorum: ${await oracleRegistry.quorum()} of ${(await oracleRegistry.oracles()).length} oracles`);
}

async function issueGenesisDeed(world: World): Promise<void> {
  const { cast, protocol, narrator } = world;
  const { foundation, genesisNode, governance } = cast;
  await mined(protocol.contracts.genesisNodeDeed.connect(governance).issue(foundation.address));
  await associate(world, deedId(DeedKind.GENESIS, 1n), foundation, genesisNode);
  narrator.tell(`GND #1 to ${short(foundation.address)}: what it mines goes straight to the five pools`);
}

async function startKeepers(world: World): Promise<void> {
  const { cast, fleet, epochClock, clock, narrator, follower } = world;
  const count = cast.oracleNodes.length;
  await until(world, "the broker sees the oracle set", START_LIMIT_MS, () => {
    return follower.view.state.oracles.length === count && follower.view.state.links.size > count;
  });
  await fleet.startOracles(cast.oracleNodes);
  for (const oracle of fleet.oracles)
    narrator.tell(`oracle ${short(oracle.status.oracle)} answers at ${oracle.apiUrl ?? ""}`);
  await fleet.startNode(cast.genesisNode, cast.foundation.address.toLowerCase());
  await fleet.startDeeploy(cast.deeploy);
  narrator.tell(`Deeploy answers at ${fleet.deeployUrl}`);
  narrator.tell(`the Genesis node ${short(cast.genesisNode.address)} was let in and beats`);
  const wait = epochClock.genesis - seconds(clock);
  if (wait > 0) narrator.tell(`epoch 0 begins in ${Math.ceil(wait)} s`);
  else narrator.warn("the machine is slow: epoch 0 began before everything stood, so it may be skipped");
}
