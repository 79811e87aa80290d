/**
 * docs/playbook.md and docs/governance.md: each command exists with its options, and does what the page says
 * ├── pause, resume: every place; the guardian stops, governance goes on
 * ├── a corrupt quorum: compliance bans, anybody ejects, at once
 * ├── a leaked treasurer: the guardian cancels, the holder renounces, governance grants anew
 * ├── feed:set: another feed, and what is not said stays as it is
 * ├── deed:ban, deed:unban, job:pay-held, pool:release, pool:milestone
 * └── --calldata: what a multisig with a delay sends first, and then
 */
import { expect } from "chai";
import { Interface, parseEther } from "ethers";
import hre from "hardhat";
import { readFile } from "node:fs/promises";

import { addressOf, readDeployment } from "../../../keepers/chain/deployment.js";
import { SystemDisk } from "../../../keepers/core/disk.js";
import { buyAndAssociate, deployWorld, ethers, fail, networkHelpers, nodeKey, succeed, type World } from "./world.js";

const PAGES = ["docs/playbook.md", "docs/governance.md"];
/** Of Hardhat itself. */
const GLOBAL_OPTIONS = ["network"];

/** Every `npx hardhat …` of a page, cut into words. */
async function commandsOf(page: string): Promise<string[][]> {
  const text = await readFile(page, "utf8");
  const commands = [...text.matchAll(/npx hardhat ([^`\n#]+)/gu)].map(([, words = ""]) =>
    [...words.matchAll(/"[^"]*"|\S+/gu)].map(([word]) => word).filter((word) => word !== "…"),
  );
  return commands.filter((words) => words.length > 0);
}

const camelCase = (option: string): string =>
  option.slice(2).replace(/-(\w)/gu, (_, letter: string) => letter.toUpperCase());

describe("The emergency playbook", () => {
  let world: World;

  beforeEach(async () => {
    world = await networkHelpers.loadFixture(deployWorld);
  });

  const as = (name: "governance" | "guardian" | "compliance" | "stranger", args: object = {}) => ({
    deployment: world.deployment,
    from: world.accounts[name].address,
    ...args,
  });
  const contract = async (name: string) =>
    addressOf(await readDeployment(world.deployment, { disk: new SystemDisk() }), name);

  for (const page of PAGES) {
    it(`names commands that there are, with the options that they have: ${page}`, async () => {
      const commands = await commandsOf(page);
      expect(commands).to.have.length.greaterThan(3);
      for (const [name = "", ...words] of commands) {
        const { options, positionalArguments } = hre.tasks.getTask(name);
        const given = words.filter((word) => word.startsWith("--")).map(camelCase);
        const known = [...options.keys(), ...GLOBAL_OPTIONS];
        expect(
          given.filter((option) => !known.includes(option)),
          `${name} ${words.join(" ")}`,
        ).to.deep.equal([]);
        const values = words.filter((word) => !word.startsWith("--")).length;
        const most = positionalArguments.some(({ isVariadic }) => isVariadic)
          ? Infinity
          : positionalArguments.length + given.length;
        expect(values, `${name} ${words.join(" ")}`).to.be.at.most(most);
      }
    });
  }

  for (const what of ["sale", "associations", "commits", "jobs"]) {
    it(`pause ${what} is the guardian's, and resume governance's`, async () => {
      const { nodeDeedSale, nodeRegistry, epochLedger, jobEscrow } = world.contracts;
      const place = { sale: nodeDeedSale, associations: nodeRegistry, commits: epochLedger, jobs: jobEscrow }[what]!;
      await succeed("pause", as("guardian", { what }));
      expect(await place.paused()).to.equal(true);
      expect(await fail("resume", as("guardian", { what }))).to.match(/does not have the role/u);
      await succeed("resume", as("governance", { what }));
      expect(await place.paused()).to.equal(false);
    });
  }

  it("a hostile oracle is out in two transactions, without a delay", async () => {
    const oracle = world.oracles[0]!.address;
    const owner = await world.contracts.oracleRegistry.ownerOf(oracle);
    await succeed("operator:ban", as("compliance", { operator: owner, reason: "signed false roots" }));
    await succeed("oracle:eject", as("stranger", { oracle }));
    expect(await world.contracts.oracleRegistry.isOracle(oracle)).to.equal(false);
    expect(await fail("pause", as("guardian", { what: "everything" }))).to.equal(
      'what: got "everything", want one of sale, associations, commits, jobs',
    );
  });

  it("a leaked treasurer is stopped by the guardian, gives up the role, and is replaced", async () => {
    const { governance, stranger, foundation, buyer } = world.accounts;
    const pool = await contract("LiquidityPool");
    await world.contracts.r1.connect(buyer).transfer(pool, parseEther("100"));
    const treasurer = stranger.address;
    await succeed("governance:grant", as("governance", { role: "treasurer", account: treasurer, delay: 3_600 }));
    const theft = as("stranger", { pool: "liquidity", to: treasurer, amount: "100", purpose: "market making" });
    expect((await succeed("pool:release", theft)).value["scheduled"]).to.equal(true);
    const { value } = await succeed("governance:show", { deployment: world.deployment });
    const [operation] = value["scheduled"] as { id: string; caller: string; target: string }[];
    expect([operation!.caller, operation!.target.toLowerCase()]).to.deep.equal([treasurer, pool]);
    expect(value["members"]).to.deep.include({ role: "treasurer", account: treasurer, delay: 3_600n });
    await succeed("governance:cancel", as("guardian", { operation: operation!.id }));
    expect(await fail("governance:cancel", as("guardian", { operation: operation!.id }))).to.match(/is not scheduled/u);
    await succeed("governance:renounce", as("stranger", { role: "treasurer" }));
    await networkHelpers.time.increase(3_600);
    expect(await fail("pool:release", theft)).to.match(/does not have the role/u);
    await succeed("governance:grant", as("governance", { role: "treasurer", account: foundation.address }));
    await succeed("pool:release", { ...theft, from: foundation.address, to: governance.address });
    expect(await world.contracts.r1.balanceOf(governance.address)).to.equal(parseEther("100"));
    await succeed("governance:revoke", as("governance", { role: "treasurer", account: foundation.address }));
    expect((await world.contracts.accessManager.hasRole(3, foundation.address)).isMember).to.equal(false);
    expect(await fail("governance:grant", as("governance", { role: "king", account: treasurer }))).to.equal(
      'role: got "king", want one of governance, guardian, compliance, treasurer',
    );
  });

  it("feed:set takes another feed, and leaves what is not said", async () => {
    const { nodeDeedSale, resourceCatalog } = world.contracts;
    const other = await ethers.deployContract("MockV3Aggregator", [8, 100_000_000n]);
    const feed = await other.getAddress();
    const before = await nodeDeedSale.feedConfig();
    await succeed("feed:set", as("governance", { of: "sale", feed, maxAge: "1800" }));
    const after = await nodeDeedSale.feedConfig();
    expect([after.feed, after.maxAge, after.least, after.most]).to.deep.equal([
      feed,
      1_800n,
      before.least,
      before.most,
    ]);
    expect((await resourceCatalog.feedConfig()).feed).to.equal(before.feed);
    await succeed("feed:set", as("governance", { of: "catalog", feed }));
    expect((await resourceCatalog.feedConfig()).feed).to.equal(feed);
    expect(await fail("feed:set", as("governance", { of: "market", feed }))).to.match(/want sale or catalog/u);
    expect(await fail("feed:set", as("governance", { of: "sale", feed, most: "-1" }))).to.match(/want a whole number/u);
  });

  it("deeds are banned with a reason and set free, and what nobody holds back is not paid", async () => {
    await buyAndAssociate(world, 1);
    expect(await fail("deed:ban", as("compliance", { deed: "ND:1" }))).to.match(/needs --reason/u);
    await succeed("deed:ban", as("compliance", { deed: "ND:1", reason: "stolen key" }));
    expect(await world.contracts.nodeRegistry.isActive(nodeKey(1).address)).to.equal(false);
    await succeed("deed:unban", as("compliance", { deed: "ND:1" }));
    expect(await world.contracts.nodeRegistry.isActive(nodeKey(1).address)).to.equal(true);
    expect((await fail("job:pay-held", as("stranger", { deed: "ND:1" }))).length).to.be.greaterThan(0);
    expect(await fail("job:pay-held", as("stranger", { deed: "MND:1" }))).to.match(/only Node Deeds/u);
  });

  it("a pool without milestones has none to record, and says what it wants", async () => {
    expect(await fail("pool:milestone", as("governance", { pool: "grants" }))).to.match(/needs --evidence/u);
    expect(await fail("pool:milestone", as("governance", { pool: "mine", evidence: "x" }))).to.match(
      /want one of liquidity/u,
    );
    expect(
      (await fail("pool:milestone", as("governance", { pool: "grants", evidence: "report" }))).length,
    ).to.be.greaterThan(0);
  });

  it("--calldata gives a multisig what it schedules, and what it sends after the delay", async () => {
    const { governance, stranger } = world.accounts;
    await world.contracts.accessManager.connect(governance).grantRole(0, stranger.address, 3_600);
    await succeed("pause", as("guardian", { what: "sale" }));
    const { value } = await succeed("resume", { deployment: world.deployment, what: "sale", calldata: true });
    const schedule = value["schedule"] as { to: string; data: string };
    expect(new Interface(["function schedule(address,bytes,uint48)"]).getFunction("schedule")!.selector).to.equal(
      schedule.data.slice(0, 10),
    );
    await stranger.sendTransaction({ to: schedule.to, data: schedule.data });
    const { value: shown } = await succeed("governance:show", { deployment: world.deployment });
    const [{ id }] = shown["scheduled"] as [{ id: string }];
    const cancel = (await succeed("governance:cancel", { deployment: world.deployment, operation: id, calldata: true }))
      .value;
    expect(await world.contracts.nodeDeedSale.paused()).to.equal(true);
    await networkHelpers.time.increase(3_600);
    await stranger.sendTransaction({ to: value["to"] as string, data: value["data"] as string });
    expect(await world.contracts.nodeDeedSale.paused()).to.equal(false);
    expect(cancel["to"]).to.equal(schedule.to);
  });
});
