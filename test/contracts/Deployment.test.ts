/**
 * What `deploy/modules/definition.ts` leaves behind, as anybody can read it from the chain.
 *
 * Given the Development module is deployed
 * ├── the contracts that name each other name the right ones
 * ├── nothing is minted, issued or committed
 * ├── each role's functions answer to it, and every other restricted function to governance
 * └── each role is held by its account alone
 */
import { expect } from "chai";
import { ethers as library } from "ethers";

import { GRANTS, ROLES } from "../../deploy/modules/roles.js";
import { loadProtocol, type Protocol } from "../helpers/protocol.js";

const selector = (signature: string): string => library.id(signature).slice(0, 10);

function targets(protocol: Protocol): Record<string, string> {
  const [liquidity, expenses, marketing, grants, social] = protocol.pools.map((pool) => pool.target as string);
  return {
    NodeDeedSale: protocol.sale.target as string,
    NodeRegistry: protocol.nodes.target as string,
    EpochLedger: protocol.ledger.target as string,
    JobEscrow: protocol.escrow.target as string,
    OperatorRegistry: protocol.operators.target as string,
    NodeDeed: protocol.nodeDeed.target as string,
    MasterNodeDeed: protocol.masterDeed.target as string,
    GenesisNodeDeed: protocol.genesisDeed.target as string,
    LiquidityPool: liquidity!,
    ExpensesPool: expenses!,
    MarketingPool: marketing!,
    GrantsPool: grants!,
    SocialResponsibilityPool: social!,
  };
}

describe("A deployed protocol", () => {
  it("is wired", async () => {
    const { r1, nodeDeed, masterDeed, genesisDeed, sale, rewards, ledger, oracles, nodes, operators, pools } =
      await loadProtocol();
    expect(await r1.MINTER()).to.equal(rewards.target);
    expect(await rewards.TOKEN()).to.equal(r1.target);
    expect(await rewards.LEDGER()).to.equal(ledger.target);
    expect(await ledger.ORACLES()).to.equal(oracles.target);
    expect(await oracles.NODE_REGISTRY()).to.equal(nodes.target);
    expect(await oracles.LEDGER()).to.equal(ledger.target);
    expect(await ledger.ACTIVATION_DELAY()).to.equal(2n);
    expect(await oracles.ANSWER_WINDOW()).to.equal(20n);
    expect(await nodeDeed.SALE()).to.equal(sale.target);
    expect(await sale.NODE_DEED()).to.equal(nodeDeed.target);
    expect(await sale.LIQUIDITY_WALLET()).to.equal(pools[0]!.target);
    expect(await sale.OPERATIONS_WALLET()).to.equal(pools[1]!.target);
    for (const deed of [nodeDeed, masterDeed, genesisDeed]) {
      expect(await deed.NODE_REGISTRY()).to.equal(nodes.target);
      expect(await deed.REWARDS()).to.equal(rewards.target);
      expect(await deed.OPERATORS()).to.equal(operators.target);
    }
    expect(await nodes.NODE_DEED()).to.equal(nodeDeed.target);
    expect(await nodes.MASTER_NODE_DEED()).to.equal(masterDeed.target);
    expect(await nodes.GENESIS_NODE_DEED()).to.equal(genesisDeed.target);
    expect(await nodes.GENESIS()).to.equal(await ledger.GENESIS());
  });

  it("has an escrow for jobs that is wired", async () => {
    const { escrow, catalog, r1, ledger, oracles, nodes, operators, nodeDeed, sale } = await loadProtocol();
    expect(await escrow.TOKEN()).to.equal(r1.target);
    expect(await escrow.LEDGER()).to.equal(ledger.target);
    expect(await escrow.ORACLES()).to.equal(oracles.target);
    expect(await escrow.NODE_REGISTRY()).to.equal(nodes.target);
    expect(await escrow.OPERATORS()).to.equal(operators.target);
    expect(await escrow.NODE_DEED()).to.equal(nodeDeed.target);
    expect(await escrow.CATALOG()).to.equal(catalog.target);
    expect(await escrow.TERM()).to.equal(2n);
    expect(await escrow.GENESIS()).to.equal(await ledger.GENESIS());
    expect(await escrow.EPOCH_DURATION()).to.equal(await ledger.EPOCH_DURATION());
    expect(await catalog.feedConfig()).to.deep.equal(await sale.feedConfig());
  });

  it("offers the paper's classes at its prices", async () => {
    const { catalog } = await loadProtocol();
    // id: US dollars × 10,000, thousandths of a core, MiB of memory, MiB of disk
    const classes: Record<number, readonly [number, number, number, number]> = {
      1: [1_000, 250, 512, 2_048],
      2: [1_667, 500, 1_024, 4_096],
      3: [3_750, 1_000, 2_048, 8_192],
      4: [7_500, 2_000, 4_096, 16_384],
      5: [10_000, 2_000, 8_192, 32_768],
      6: [19_167, 3_000, 12_288, 49_152],
      7: [29_167, 6_000, 14_336, 57_344],
      8: [37_500, 8_000, 22_528, 90_112],
      9: [53_333, 12_000, 30_720, 122_880],
      10: [83_333, 16_000, 63_488, 253_952],
      11: [125_000, 22_000, 126_976, 507_904],
      101: [12_000, 0, 0, 0],
      102: [24_000, 0, 0, 0],
      103: [48_000, 0, 0, 0],
      104: [300_000, 0, 0, 0],
    };
    for (const [id, [price, ...resources]] of Object.entries(classes)) {
      const { price: listed, milliCpu, memoryMiB, diskMiB, isGpu, isOffered } = await catalog.classOf(id);
      expect([listed, isGpu, isOffered], id).to.deep.equal([BigInt(price) * 10_000n, Number(id) > 100, true]);
      expect([milliCpu, memoryMiB, diskMiB], id).to.deep.equal(resources.map(BigInt));
    }
    expect(await catalog.queryFilter(catalog.filters.ClassSet())).to.have.length(15);
  });

  it("starts with nothing", async () => {
    const { r1, nodeDeed, masterDeed, genesisDeed, ledger, oracles } = await loadProtocol();
    expect(await r1.totalMinted()).to.equal(0n);
    expect(await nodeDeed.totalSupply()).to.equal(0n);
    expect(await masterDeed.totalSupply()).to.equal(0n);
    expect(await genesisDeed.totalSupply()).to.equal(0n);
    expect((await ledger.latest()).committed).to.be.false;
    expect((await ledger.pending()).activeFrom).to.equal(0n);
    expect(await oracles.oracles()).to.deep.equal([]);
  });

  it("spreads the Genesis emission as the paper says", async () => {
    const { rewards, pools } = await loadProtocol();
    const shares = (await rewards.pools()).map(({ account, share }) => [account, share]);
    expect(shares).to.deep.equal([2671n, 1384n, 754n, 3460n, 1731n].map((share, i) => [pools[i]!.target, share]));
  });

  it("gives each role its functions, and governance all others", async () => {
    const protocol = await loadProtocol();
    const addresses = targets(protocol);
    for (const [role, grants] of Object.entries(GRANTS)) {
      for (const { contract, functions } of grants) {
        for (const signature of functions) {
          const held = await protocol.manager.getTargetFunctionRole(addresses[contract]!, selector(signature));
          expect(held, `${contract}.${signature}`).to.equal(ROLES[role as keyof typeof ROLES]);
        }
      }
    }
    const others = [
      [protocol.sale.target, "unpause()"],
      [protocol.nodes.target, "unpause()"],
      [protocol.ledger.target, "unpause()"],
      [protocol.escrow.target, "unpause()"],
      [protocol.catalog.target, "setClass(uint16,string,(uint64,uint32,uint32,uint32,bool,bool))"],
      [protocol.catalog.target, "configureFeed((address,uint32,uint48,uint48))"],
      [protocol.oracles.target, "addOracle(address)"],
      [protocol.oracles.target, "removeOracle(address)"],
      [protocol.masterDeed.target, "issue(address,uint256)"],
      [protocol.genesisDeed.target, "issue(address)"],
      [protocol.pools[0]!.target, "reachMilestone(string)"],
    ] as const;
    for (const [target, signature] of others) {
      expect(await protocol.manager.getTargetFunctionRole(target, selector(signature)), signature).to.equal(0n);
    }
  });

  it("gives each role to its account alone", async () => {
    const { manager, accounts } = await loadProtocol();
    const holders = [accounts.governance, accounts.guardian, accounts.compliance, accounts.treasurer];
    for (const [index, role] of Object.values(ROLES).entries()) {
      for (const [other, holder] of holders.entries()) {
        const [isMember, delay] = await manager.hasRole(role, holder);
        expect(isMember, `role ${role.toString()} of account ${other.toString()}`).to.equal(index === other);
        expect(delay).to.equal(0n);
      }
    }
  });
});
