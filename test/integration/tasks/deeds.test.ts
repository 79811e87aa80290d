/**
 * deed:quote, deed:buy, deed:list, deed:show
 *
 * Given R1 at $0.50 and an approved buyer with 20,000 R1
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import { parseEther } from "ethers";

import {
  buyAndAssociate,
  deployWorld,
  fail,
  folder,
  networkHelpers,
  nodeKey,
  run,
  succeed,
  type World,
} from "./world.js";

/** $500 at $0.50. */
const PRICE = parseEther("1000");

describe("Deed tasks", () => {
  let world: World;
  let common: { readonly deployment: string };

  beforeEach(async () => {
    world = await networkHelpers.loadFixture(deployWorld);
    common = { deployment: world.deployment };
  });

  const asBuyer = (args: object = {}) => ({ ...common, from: world.accounts.buyer.address, ...args });

  describe("deed:quote", () => {
    it("gives the price in USD and R1, and the maximum with the slippage", async () => {
      const { value, output } = await succeed("deed:quote", { ...common, count: 3 });
      expect(value).to.deep.include({ dollars: 1_500n, payment: 3n * PRICE, maximum: (3n * PRICE * 101n) / 100n });
      expect(output).to.include("3,000 R1 ($1,500.00): $1,500 in all");
      expect(output).to.include("1 R1 = $0.5");
    });

    it("breaks a purchase that crosses tiers down", async () => {
      const { value, output } = await succeed("deed:quote", { ...common, count: 100 });
      expect(value["dollars"]).to.equal(BigInt(89 * 500 + 11 * 750));
      expect(value["tiers"]).to.deep.equal([
        { tier: 1, priceUsd: 500, count: 89 },
        { tier: 2, priceUsd: 750, count: 11 },
      ]);
      expect(output).to.match(/2 +11 +\$750 +\$8,250\n/u);
    });

    it("prints JSON with amounts in wei", async () => {
      const { output } = await succeed("deed:quote", { ...common, count: 1, json: true });
      expect(JSON.parse(output)).to.deep.include({ count: 1, payment: PRICE.toString() });
    });

    it("refuses counts and slippages that make no sense", async () => {
      const want = "want 1 to 100 deeds in one purchase";
      expect(await fail("deed:quote", { ...common, count: 0 })).to.equal(`count: got 0, ${want}`);
      expect(await fail("deed:quote", { ...common, count: 101 })).to.equal(`count: got 101, ${want}`);
      expect(await fail("deed:quote", { ...common, slippage: "-1" })).to.equal(
        '--slippage: got "-1", want a percentage from 0 to 99.99, such as 1 or 0.5',
      );
    });

    it("says that the feed is stale", async () => {
      await networkHelpers.time.increase(2 * 86_400);
      expect(await fail("deed:quote", common)).to.match(
        /^price feed 0x\w{40} was updated last at .*: its price is too old\. Nothing can be bought until the feed is updated\.$/u,
      );
    });
  });

  describe("deed:buy", () => {
    it("buys with a permit, in one transaction", async () => {
      const { buyer } = world.accounts;
      const sent = await buyer.getNonce();
      const { value, output } = await succeed("deed:buy", asBuyer({ count: 2 }));
      expect(await buyer.getNonce()).to.equal(sent + 1);
      expect(value).to.deep.include({ firstDeed: "ND:1", lastDeed: "ND:2", payment: 2n * PRICE });
      expect(value["burned"]).to.equal((2n * PRICE) / 5n);
      expect(await world.contracts.nodeDeed.ownerOf(2n)).to.equal(buyer.address);
      expect(output).to.include("maximum  2,020 R1 ($1,010.00), 1 % above the price");
      expect(output).to.match(/Transaction 0x\w{64}, block \d+, [\d,]+ gas\.\n$/u);
    });

    it("buys with an approval of its own for another approved operator", async () => {
      const recipient = world.accounts.foundation.address;
      const { value } = await succeed("deed:buy", asBuyer({ count: 1, approve: true, recipient }));
      expect(value).to.deep.include({ firstDeed: "ND:1", recipient });
      expect(await world.contracts.nodeDeed.ownerOf(1n)).to.equal(recipient);
    });

    it("sends nothing with --dry-run", async () => {
      const { buyer } = world.accounts;
      const sent = await buyer.getNonce();
      const { value } = await succeed("deed:buy", asBuyer({ count: 1, dryRun: true }));
      expect(value["dryRun"]).to.be.true;
      expect(await buyer.getNonce()).to.equal(sent);
      expect(await world.contracts.nodeDeed.totalSupply()).to.equal(0n);
    });

    it("tells a buyer without enough R1 what is missing", async () => {
      const { buyer } = world.accounts;
      expect(await fail("deed:buy", asBuyer({ count: 21 }))).to.equal(
        `21 deeds cost 21,000 R1 ($10,500.00), and ${buyer.address} has 20,000 R1 ($10,000.00): it lacks 1,000 R1`,
      );
    });

    it("sends nothing that would be refused, and says why", async () => {
      const { buyer, stranger } = world.accounts;
      const sent = await buyer.getNonce();
      expect(await fail("deed:buy", asBuyer({ count: 1, maxPrice: "999.5" }))).to.equal(
        "the price rose: it is 1000 R1 now, more than the 999.5 R1 the buyer accepts. " +
          "Look at the price with deed:quote, then raise --max-price or --slippage.",
      );
      expect(await fail("deed:buy", asBuyer({ recipient: stranger.address }))).to.equal(
        `${stranger.address} is no approved operator and cannot hold deeds. ` +
          "Compliance approves operators with operator:approve.",
      );
      await world.contracts.nodeDeedSale.connect(world.accounts.guardian).pause();
      expect(await fail("deed:buy", asBuyer({ count: 1 }))).to.equal("this is paused");
      expect(await buyer.getNonce()).to.equal(sent);
    });

    it("refuses arguments that make no sense", async () => {
      expect(await fail("deed:buy", asBuyer({ deadline: 0 }))).to.equal("--deadline: got 0, want 1 to 1440 minutes");
      expect(await fail("deed:buy", asBuyer({ maxPrice: "a lot" }))).to.equal(
        '--max-price: got "a lot", want an amount of R1 such as 12.5, with at most 18 decimals',
      );
      expect(await fail("deed:buy", asBuyer({ recipient: "0x12" }))).to.match(
        /^--recipient: got "0x12", want an address/u,
      );
    });
  });

  describe("the sender", () => {
    afterEach(() => delete process.env["TASK_TEST_KEY"]);

    it("is the network's account with an index", async () => {
      const { value } = await succeed("deed:buy", { ...common, from: "4", count: 1 });
      expect(value["recipient"]).to.equal(world.accounts.buyer.address);
    });

    it("is the key in a variable", async () => {
      const wallet = nodeKey(99);
      await networkHelpers.setBalance(wallet.address, parseEther("1"));
      await world.contracts.operatorRegistry
        .connect(world.accounts.compliance)
        .approve(wallet.address, (await networkHelpers.time.latest()) + 1_000, 1);
      await world.contracts.r1.connect(world.accounts.buyer).transfer(wallet.address, PRICE);
      process.env["TASK_TEST_KEY"] = wallet.privateKey;
      const { value } = await succeed("deed:buy", { ...common, key: "TASK_TEST_KEY", count: 1 });
      expect(value["recipient"]).to.equal(wallet.address);
    });

    it("is refused when it cannot be found, without showing a key", async () => {
      process.env["TASK_TEST_KEY"] = "0xnonsense";
      expect(await fail("deed:buy", { ...common, key: "TASK_TEST_KEY" })).to.equal(
        "TASK_TEST_KEY holds no private key: want 0x and 64 hexadecimal digits",
      );
      expect(await fail("deed:buy", { ...common, key: "0x1234" })).to.equal(
        "the name of a key has letters, digits and _ only: want the name of a variable, such as OPERATOR_PRIVATE_KEY",
      );
      expect(await fail("deed:buy", { ...common, key: "A", from: "1" })).to.equal(
        "--from and --key both name a sender: give one of them",
      );
      expect(await fail("deed:buy", { ...common, from: "99" })).to.match(
        /^network default has only 0x.*, not 99: name a private key's variable with --key$/u,
      );
    });
  });

  describe("deed:list and deed:show", () => {
    beforeEach(() => buyAndAssociate(world, 2));

    it("list all deeds, up to a limit", async () => {
      const { value, output } = await succeed("deed:list", { ...common, limit: 3 });
      expect((value["deeds"] as { deed: string }[]).map(({ deed }) => deed)).to.deep.equal(["ND:1", "ND:2", "MND:1"]);
      expect(value["total"]).to.equal(5);
      expect(output).to.include("2 more: raise --limit");
    });

    it("list the deeds that an address has now, not those it sold", async () => {
      const { buyer, foundation } = world.accounts;
      await world.contracts.nodeDeed.connect(buyer).transferFrom(buyer.address, foundation.address, 1n);
      const owned = async (owner: string) => {
        const { value } = await succeed("deed:list", { ...common, owner });
        return (value["deeds"] as { deed: string }[]).map(({ deed }) => deed);
      };
      expect(await owned(buyer.address)).to.deep.equal(["ND:2"]);
      expect(await owned(foundation.address)).to.deep.equal(["ND:1"]);
      expect(await owned(world.accounts.stranger.address)).to.deep.equal([]);
    });

    it("show one deed and write its picture", async () => {
      const svg = join(folder, "deed.svg");
      const { value, output } = await succeed("deed:show", { ...common, deed: "nd:2", svg });
      expect(value).to.deep.include({ deed: "ND:2", node: nodeKey(2).address, firstEpoch: 0n, mined: 0n });
      expect(output).to.include("allocation   1,575.188843 R1 ($787.59)");
      expect(await readFile(svg, "utf8")).to.match(/^<svg[^]*<\/svg>$/u);
    });

    it("refuse deeds that there are not", async () => {
      expect(await fail("deed:show", { ...common, deed: "ND:3" })).to.equal(
        "there is no deed ND:3: 2 of its class are issued",
      );
      expect(await fail("deed:show", { ...common, deed: "5" })).to.equal(
        'deed: got "5", want a class and a number, such as ND:5, MND:12 or GND:1',
      );
      expect(await fail("deed:list", { ...common, kind: "XND" })).to.equal('--kind: got "XND", want ND, MND or GND');
    });
  });

  it("say that the protocol is not deployed on an unknown chain", async () => {
    expect(await fail("deed:list", {})).to.equal(
      "the protocol is not deployed here (network default is a new chain inside this command): choose a network with " +
        "--network, deploy to it with deploy, or name a deployment with --deployment",
    );
    const { errors } = await run("deed:list", { json: true });
    expect(JSON.parse(errors)).to.have.nested.property("error.code", "DEPLOYMENT_NOT_FOUND");
  });
});
