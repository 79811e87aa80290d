/**
 * operator:*, mnd:issue, gnd:issue, oracle:*
 *
 * Given compliance and governance are accounts of their own, and three oracles
 */
import { expect } from "chai";
import { parseEther } from "ethers";

import { buyAndAssociate, deployWorld, fail, ND, networkHelpers, nodeKey, succeed, type World } from "./world.js";

const DAY = 86_400;

describe("Governance tasks", () => {
  let world: World;

  beforeEach(async () => {
    world = await networkHelpers.loadFixture(deployWorld);
  });

  const common = () => ({ deployment: world.deployment });
  const asCompliance = (args: object) => ({ ...common(), from: world.accounts.compliance.address, ...args });

  it("operator:approve approves for days or until a date", async () => {
    const operator = world.accounts.stranger.address;
    const now = await networkHelpers.time.latest();
    const { value } = await succeed("operator:approve", asCompliance({ operator, days: 10, kind: "business" }));
    expect(value["until"]).to.equal(BigInt(now + 10 * DAY));
    expect(await world.contracts.operatorRegistry.isApproved(operator)).to.be.true;
    const { output } = await succeed("operator:approve", asCompliance({ operator, until: "2099-12-31" }));
    expect(output).to.include(`Approved ${operator} as a person until 2099-12-31 00:00:00 UTC.`);
    expect((await world.contracts.operatorRegistry.operatorOf(operator)).approvedUntil).to.equal(
      BigInt(Date.UTC(2099, 11, 31) / 1_000),
    );
  });

  it("operator:approve refuses what makes no sense, and senders without the role", async () => {
    const { stranger, compliance } = world.accounts;
    const operator = stranger.address;
    expect(await fail("operator:approve", asCompliance({ operator, kind: "robot" }))).to.equal(
      '--kind: got "robot", want person or business',
    );
    expect(await fail("operator:approve", asCompliance({ operator, days: 0 }))).to.equal(
      "--days: got 0, want 1 to 3653",
    );
    expect(await fail("operator:approve", asCompliance({ operator, until: "soon" }))).to.match(
      /^--until: got "soon", want a date/u,
    );
    expect(await fail("operator:approve", asCompliance({ operator, until: "2001-01-01" }))).to.match(
      /^an approval until 2001-01-01T00:00:00.000Z would be over already/u,
    );
    expect(await fail("operator:approve", { ...common(), from: operator, operator: compliance.address })).to.equal(
      `${operator} does not have the role that this needs. Send it from the account that holds the role: --from or --key.`,
    );
  });

  it("operator:ban, operator:show and operator:unban tell of a ban and its reason", async () => {
    const operator = world.accounts.buyer.address;
    expect(await fail("operator:ban", asCompliance({ operator }))).to.equal(
      "a ban needs --reason: it is public and kept on chain",
    );
    await succeed("operator:ban", asCompliance({ operator, reason: "sanctions list" }));
    const banned = await succeed("operator:show", { ...common(), operator });
    expect(banned.value).to.deep.include({ banned: true, banReason: "sanctions list", approved: false });
    expect(banned.value["balance"]).to.equal(parseEther("20000"));
    expect(await fail("operator:ban", asCompliance({ operator, reason: "again" }))).to.equal(
      `operator ${operator} is banned already. See why with operator:show.`,
    );
    await succeed("operator:unban", asCompliance({ operator }));
    const { value } = await succeed("operator:show", { ...common(), operator });
    expect(value).to.deep.include({ banned: false, banReason: null, approved: true });
    expect(await fail("operator:unban", asCompliance({ operator }))).to.equal(`operator ${operator} is not banned`);
  });

  it("mnd:issue and gnd:issue issue to approved operators", async () => {
    const operator = world.accounts.foundation.address;
    const { value } = await succeed("mnd:issue", { ...common(), operator, allocation: "1,234.5" });
    expect(value).to.deep.include({ deed: "MND:4", allocation: parseEther("1234.5") });
    expect(await world.contracts.masterNodeDeed.allocationOf(4n)).to.equal(parseEther("1234.5"));
    await succeed("gnd:issue", { ...common(), operator });
    expect(await world.contracts.genesisNodeDeed.ownerOf(1n)).to.equal(operator);
    expect(await fail("gnd:issue", { ...common(), operator })).to.equal("the Genesis Node Deed is issued already");
    expect(await fail("mnd:issue", { ...common(), operator, allocation: "3236067.97" })).to.match(
      /^an allocation of 3236067.97 R1 is too large: one deed mines 3236067.96 R1 at most/u,
    );
  });

  it("a role with a delay schedules first, and the same command executes later", async () => {
    const { governance, stranger, foundation } = world.accounts;
    await world.contracts.accessManager.connect(governance).grantRole(0, stranger.address, 3_600);
    const args = { ...common(), from: stranger.address, operator: foundation.address };
    const { value, output } = await succeed("gnd:issue", args);
    expect(value["scheduled"]).to.be.true;
    expect(output).to.include("the sender's role acts with a delay of 1 h.");
    expect(await world.contracts.genesisNodeDeed.totalSupply()).to.equal(0n);
    expect(await fail("gnd:issue", args)).to.match(/^this is scheduled, and can be done from .* UTC on: run the same/u);
    await networkHelpers.time.increase(3_600);
    await succeed("gnd:issue", args);
    expect(await world.contracts.genesisNodeDeed.ownerOf(1n)).to.equal(foundation.address);
  });

  it("--calldata prints the call for a multisig and sends nothing", async () => {
    const { governance, foundation } = world.accounts;
    const { value } = await succeed("gnd:issue", { ...common(), operator: foundation.address, calldata: true });
    expect(await world.contracts.genesisNodeDeed.totalSupply()).to.equal(0n);
    await governance.sendTransaction({ to: value["to"] as string, data: value["data"] as string });
    expect(await world.contracts.genesisNodeDeed.ownerOf(1n)).to.equal(foundation.address);
  });

  it("oracle:add, oracle:list and oracle:eject keep the set", async () => {
    await buyAndAssociate(world, 1);
    const node = nodeKey(1).address;
    await succeed("oracle:add", { ...common(), node });
    const { value, output } = await succeed("oracle:list", common());
    expect(value["quorum"]).to.equal(3n);
    expect(value["oracles"]).to.deep.include({
      oracle: node,
      owner: world.accounts.buyer.address,
      deed: "ND:1",
      eligible: true,
      challengedUntil: null,
    });
    expect(output).to.include("4 oracles; 3 signatures make a quorum.");
    expect(await fail("oracle:eject", { ...common(), oracle: node })).to.equal(
      `oracle ${node} is in order and cannot be ejected`,
    );
    await world.contracts.nodeRegistry.connect(world.accounts.buyer).dissociate(ND(1));
    expect((await succeed("oracle:list", common())).output).to.include("can be ejected");
    await succeed("oracle:eject", { ...common(), oracle: node });
    expect(await world.contracts.oracleRegistry.isOracle(node)).to.be.false;
    expect(await fail("oracle:add", { ...common(), node })).to.match(/^node 0x\w{40} is not active: it needs a deed/u);
  });
});
