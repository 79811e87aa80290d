import { expect } from "chai";
import { Wallet, type ContractTransactionResponse } from "ethers";

import { ChainFollower, defaultChainFollowerOptions } from "../../../keepers/chain/chainFollower.js";
import { applyEvents, emptyState } from "../../../keepers/chain/protocolState.js";
import { defaultRpcReaderOptions, RpcReader } from "../../../keepers/chain/rpcReader.js";
import { linksAt, standingOf } from "../../../keepers/chain/selectors.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { addressOf } from "../../../keepers/chain/deployment.js";
import { DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { associationData } from "../../../keepers/protocol/typedData.js";
import { deployProtocol } from "./development.js";

const far = 4_000_000_000n;
const person = 1;
const allocation = 1_000n * 10n ** 18n;

describe("reading a real chain", () => {
  let parts: Awaited<ReturnType<typeof deployProtocol>>;

  beforeEach(async () => {
    parts = await deployProtocol();
  });

  afterEach(async () => {
    parts.provider.destroy();
    await parts.connection.close();
  });

  async function mined(sent: Promise<ContractTransactionResponse>): Promise<void> {
    await (await sent).wait();
  }

  function openReader(clock: VirtualClock): RpcReader {
    const { deployment, provider } = parts;
    const options = { ...defaultRpcReaderOptions, deployment, maximumRange: 7 };
    return new RpcReader(options, { client: provider, clock, random: new SeededRandom(1) });
  }

  async function approve(index: number): Promise<string> {
    const address = parts.accounts[index]!.address.toLowerCase();
    await mined(parts.contracts.operatorRegistry.approve(address, far, person));
    return address;
  }

  /** A Master Node Deed with a node, of the account with this index. */
  async function associate(index: number, node: Wallet): Promise<bigint> {
    const { contracts, accounts, provider, deployment } = parts;
    const owner = await approve(index);
    await mined(contracts.masterNodeDeed.issue(owner, allocation));
    const deed = deedId(DeedKind.MASTER, await contracts.masterNodeDeed.totalSupply());
    const deadline = BigInt((await provider.getBlock("latest"))!.timestamp + 10);
    const verifyingContract = addressOf(deployment, "NodeRegistry");
    const signingDomain = { chainId: BigInt(deployment.chainId), verifyingContract };
    const { domain, types, value } = associationData(signingDomain, { deed, owner, deadline });
    const signature = await node.signTypedData(domain, types, value);
    await mined(contracts.nodeRegistry.connect(accounts[index]).associate(deed, node.address, deadline, signature));
    return deed;
  }

  it("gives the state that the contracts tell of themselves", async () => {
    const { contracts, accounts } = parts;
    const nodes = [1, 2, 3].map(() => new Wallet(Wallet.createRandom().privateKey));
    const deeds: bigint[] = [];
    for (const [index, node] of nodes.entries()) deeds.push(await associate(index + 1, node));
    await mined(contracts.oracleRegistry.addOracle(nodes[0]!.address));
    await mined(contracts.oracleRegistry.addOracle(nodes[1]!.address));
    await mined(contracts.operatorRegistry.ban(accounts[3]!.address, "fraud"));
    await mined(contracts.masterNodeDeed.ban(2n, "stolen"));

    const reader = openReader(new VirtualClock());
    const head = await reader.head();
    const events = await reader.events(0, head.number);
    const state = applyEvents(emptyState, events);

    for (const [index, node] of nodes.entries()) {
      const address = node.address.toLowerCase();
      const { links, deedOfNode } = state;
      expect(deedOfNode.get(address)).to.equal(await contracts.nodeRegistry.deedOf(address));
      expect(links.get(deeds[index]!)?.associatedAt).to.equal(await contracts.nodeRegistry.associatedAt(deeds[index]!));
      expect(links.get(deeds[index]!)?.owner).to.equal(accounts[index + 1]!.address.toLowerCase());
      const active = await contracts.nodeRegistry.isActive(address);
      expect(standingOf(state, address, head.timestamp).ok, String(index)).to.equal(active);
    }
    expect(standingOf(state, nodes[1]!.address.toLowerCase(), head.timestamp)).to.include({ reason: "DEED_BANNED" });
    expect(standingOf(state, nodes[2]!.address.toLowerCase(), head.timestamp)).to.include({
      reason: "OPERATOR_BANNED",
    });
    expect(linksAt(state, head.timestamp).map(({ deed }) => deed)).to.deep.equal([deeds[0]]);
    const oracles = (await contracts.oracleRegistry.oracles()).map((oracle) => oracle.toLowerCase());
    expect(state.oracles.map(({ address }) => address)).to.deep.equal(oracles);
  });

  it("gives the same events for a range, and block by block", async () => {
    await associate(1, new Wallet(Wallet.createRandom().privateKey));
    const reader = openReader(new VirtualClock());
    const head = await reader.head();
    const single = [];
    for (let number = 0; number <= head.number; number += 1) {
      single.push(...(await reader.eventsOf((await reader.block(number))!)));
    }
    const later = single.map(({ type }) => type).filter((type) => type !== "ClassSet");
    expect(later).to.deep.equal(["OperatorApproved", "NodeAssociated"]);
    expect(await reader.events(0, head.number)).to.deep.equal(single);
    expect(await reader.block(head.number + 1)).to.equal(undefined);
  });

  it("follows it through a reorganisation", async () => {
    const { connection, contracts, accounts } = parts;
    const clock = new VirtualClock();
    const { logger } = memoryLogger(clock);
    const options = { ...defaultChainFollowerOptions, fromBlock: 0 };
    const reader = openReader(clock);
    const follower = new ChainFollower(options, { reader, clock, random: new SeededRandom(1), logger });
    await follower.start();
    const kept = await approve(1);
    const snapshot: unknown = await connection.provider.request({ method: "evm_snapshot", params: [] });
    const lost = await approve(2);
    await mined(contracts.operatorRegistry.ban(kept, "fraud"));
    await follower.refresh();
    expect(follower.view.state.operators.get(kept)?.banned).to.equal(true);
    expect(follower.view.state.operators.has(lost)).to.equal(true);
    const { hash } = follower.head;

    await connection.provider.request({ method: "evm_revert", params: [snapshot] });
    const later = await contracts.operatorRegistry.approve(accounts[3]!.address, far, person);
    await later.wait();
    await connection.provider.request({ method: "hardhat_mine", params: ["0x3"] });
    await follower.refresh();
    const { operators } = follower.view.state;
    expect(operators.get(kept)?.banned).to.equal(false);
    expect(operators.has(lost)).to.equal(false);
    expect(operators.has(accounts[3]!.address.toLowerCase())).to.equal(true);
    expect(follower.blockNumberOf(hash)).to.equal(undefined);
    expect(follower.head).to.deep.equal(await reader.head());
    await follower.close();
  });
});
