/**
 * What has to hold of a protocol that has a past. Given it was deployed by the project's tasks, with the production schedules and a
 * contract that governs, lived for weeks, and the chain was forked
 * ├── it stands where the deployment says, behind no proxy, and check:deployment finds nothing wrong
 * ├── rewards: a root that was pending pays once it is active; the oracles go on; what was claimed stays claimed
 * ├── jobs: what was over is settled, what ran goes on, what waited is refunded whole
 * ├── deeds: the sale goes on in its tier; a deed changes hands with what it mined
 * ├── a ban holds payments back, and its end sets them free
 * ├── a wrong root is taken back, its signers leave, and governance brings others
 * ├── governance acts after its delay and not before; the guardian stops a release
 * ├── a treasury pool opens at its time, and for the share of its milestones
 * └── a year without anybody: nothing is lost
 */
import { expect } from "chai";

import { addressOf } from "../../keepers/chain/deployment.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { LeafKind } from "../../keepers/protocol/leaf.js";
import type { LeafFile } from "../../keepers/protocol/leafFile.js";
import { serviceId } from "../../keepers/protocol/serviceId.js";
import { nodeKey } from "./cast.js";
import { broken, expectFailure, findings, refusal } from "./judge.js";
import { pass, passUntil } from "./chain.js";
import { JOB_EPOCHS, POOR, RUNNING_EPOCHS } from "./history.js";
import { type Ground, setTheStage, type Stage } from "./stage.js";
import {
  associate,
  available,
  buy,
  claim,
  commit,
  commitAndActivate,
  councilSends,
  DAY,
  FULL,
  GND,
  governs,
  leafOf,
  mined,
  ND,
  served,
  settle,
} from "./world.js";

/** EIP-1967: implementation, admin and beacon of a proxy. */
const PROXY_SLOTS = [
  "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc",
  "0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103",
  "0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50",
];
const STAGE_MS = 600_000;
const PERCENT_PAID = 85n;

/** @param lay Makes the ground; done once, before the tests. @param more Tests of the same stage, which is set when they run. */
export function describeFork(title: string, lay: () => Promise<Ground>, more?: (stage: () => Stage) => void): void {
  describe(title, () => {
    let stage: Stage;
    let isSet = false;
    let restore: () => Promise<void>;

    before(async function () {
      this.timeout(STAGE_MS);
      stage = await setTheStage(await lay());
      isSet = true;
      restore = await stage.chain.snapshot();
    });

    afterEach(async () => {
      await restore();
      stage.world.files.splice(0, Infinity, ...stage.source.files);
    });

    after(async () => {
      if (isSet) await stage.close();
    });

    more?.(() => stage);

    it("stands where the deployment says, behind no proxy, and check:deployment finds nothing wrong", async () => {
      const { source, world } = stage;
      for (const [name, address] of Object.entries(world.deployment.contracts)) {
        const code = await world.chain.provider.getCode(address);
        expect(code, name)
          .to.equal(await source.chain.provider.getCode(address))
          .and.not.equal("0x");
        for (const slot of PROXY_SLOTS)
          expect(BigInt(await world.chain.provider.getStorage(address, slot)), name).to.equal(0n);
      }
      expect(await findings(stage)).to.deep.equal([]);
    });

    describe("rewards", () => {
      it("pay for a root that was pending when the chain was forked, once it is active", async () => {
        const { world, history } = stage;
        const { nodeDeed, epochLedger, r1 } = world.contracts;
        expect(await refusal(claim(world, history.pending, ND(1)))).to.equal("AvailabilityRewards_NoRoot");
        await pass(world.chain, await epochLedger.ACTIVATION_DELAY());
        const owner = world.cast.buyer.address;
        const before = await r1.balanceOf(owner);
        await claim(world, history.pending, ND(1));
        const oneEpoch = (await nodeDeed.mintedAt(1, FULL * 31n)) - (await nodeDeed.mintedAt(1, FULL * 30n));
        expect((await r1.balanceOf(owner)) - before).to.equal(oneEpoch);
        await claim(world, history.pending, ND(2));
        expect((await r1.balanceOf(owner)) - before - oneEpoch).to.equal(await nodeDeed.mintedAt(2, FULL * 31n));
      });

      it("are not paid twice for what was claimed before the fork", async () => {
        const { world, history } = stage;
        expect(await refusal(claim(world, history.active, ND(1)))).to.equal("Deed_NothingNew");
        expect(
          await refusal(
            claim(world, history.active, ND(3), world.cast.buyer).then(() => claim(world, history.active, ND(3))),
          ),
        ).to.equal("Deed_NothingNew");
      });

      it("go on with the next epochs that the same oracles commit", async () => {
        const { world, history } = stage;
        const { epochLedger, r1 } = world.contracts;
        const next = history.pending.epoch + 1n;
        expect(await refusal(commit(world, history.pending.epoch, []))).to.equal("EpochLedger_NotLater");
        await passUntil(world.chain, await epochLedger.epochEnd(next));
        const file = await commitAndActivate(world, next, [
          available(ND(1), FULL * 32n),
          available(GND, FULL * (next + 1n)),
        ]);
        expect(file.previousRoot).to.equal(await epochLedger.rootOf(history.pending.epoch));
        const before = await r1.totalMinted();
        await claim(world, file, GND);
        await claim(world, file, ND(1));
        expect(await r1.totalMinted()).to.be.greaterThan(before);
        expect(await broken(stage)).to.deep.equal([]);
      });
    });

    describe("jobs", () => {
      it("that were over before the fork are settled and refunded", async () => {
        const { world, history } = stage;
        const { jobEscrow, r1 } = world.contracts;
        const { buyer, developer } = world.cast;
        const { rate, balance } = await jobEscrow.jobOf(history.jobs.ended);
        const gross = rate * BigInt(JOB_EPOCHS);
        const [owner, dev, burned] = [
          await r1.balanceOf(buyer.address),
          await r1.balanceOf(developer.address),
          await r1.totalBurned(),
        ];
        await settle(world, history.active, history.jobs.ended, 1);
        expect((await r1.balanceOf(buyer.address)) - owner).to.equal((gross * PERCENT_PAID) / 100n);
        expect((await r1.totalBurned()) - burned).to.equal(gross - (gross * PERCENT_PAID) / 100n);
        await mined(jobEscrow.connect(world.cast.stranger).refund(history.jobs.ended));
        expect((await r1.balanceOf(developer.address)) - dev).to.equal(balance - gross);
        expect((await jobEscrow.jobOf(history.jobs.ended)).balance).to.equal(0n);
      });

      it("that ran at the fork run to their end", async () => {
        const { world, history } = stage;
        const { jobEscrow, r1 } = world.contracts;
        const { running } = history.jobs;
        const last = history.start + BigInt(RUNNING_EPOCHS) - 1n;
        const file = await commitAndActivate(world, last, [served(running, 2, FULL * BigInt(RUNNING_EPOCHS))]);
        const before = await r1.balanceOf(world.cast.buyer.address);
        await settle(world, file, running, 2);
        const gross = (await jobEscrow.jobOf(running)).rate * BigInt(RUNNING_EPOCHS);
        expect((await r1.balanceOf(world.cast.buyer.address)) - before).to.equal((gross * PERCENT_PAID) / 100n);
        expect((await jobEscrow.jobOf(running)).balance).to.equal(0n);
        expect(await broken(stage)).to.deep.equal([]);
      });

      it("that waited for nodes are refunded whole when their owner closes them", async () => {
        const { world, history } = stage;
        const { jobEscrow, r1 } = world.contracts;
        const { developer } = world.cast;
        const { balance } = await jobEscrow.jobOf(history.jobs.waiting);
        const before = await r1.balanceOf(developer.address);
        await mined(jobEscrow.connect(developer).close(history.jobs.waiting));
        expect((await r1.balanceOf(developer.address)) - before)
          .to.equal(balance)
          .and.not.equal(0n);
      });
    });

    describe("deeds", () => {
      it("are sold on where the sale stood, half to liquidity, a fifth burned, the rest to expenses", async () => {
        const { world, market } = stage;
        const { nodeDeed, nodeDeedSale, r1 } = world.contracts;
        const { stranger, compliance, buyer } = world.cast;
        const wallets = ["LiquidityPool", "ExpensesPool"].map((name) => addressOf(world.deployment, name));
        const balances = async () => Promise.all(wallets.map(async (wallet) => r1.balanceOf(wallet)));
        await market.refresh(world);
        const { dollars, payment } = await nodeDeedSale.quote(85);
        // 84 are left of the first tier's 89.
        expect(dollars).to.equal(84n * 500n + 750n);
        const [before, burned, sold] = [await balances(), await r1.totalBurned(), await nodeDeed.totalSupply()];
        await buy(world, buyer, 85);
        const after = await balances();
        expect(after[0]! - before[0]!).to.equal(payment / 2n);
        expect((await r1.totalBurned()) - burned).to.equal(payment / 5n);
        expect(after[1]! - before[1]!).to.equal(payment - payment / 2n - payment / 5n);
        expect(await nodeDeed.totalSupply()).to.equal(sold + 85n);
        await mined(world.contracts.operatorRegistry.connect(compliance).approve(stranger.address, 2n ** 40n, 1));
        await mined(nodeDeed.connect(buyer).transferFrom(buyer.address, stranger.address, 90));
        expect(await nodeDeed.ownerOf(90)).to.equal(stranger.address);
      });

      it("change hands with what they mined, and take another node", async () => {
        const { world, history } = stage;
        const { nodeDeed, nodeRegistry, operatorRegistry, r1 } = world.contracts;
        const { buyer, stranger, compliance } = world.cast;
        await mined(operatorRegistry.connect(compliance).approve(stranger.address, 2n ** 40n, 1));
        await mined(nodeDeed.connect(buyer).transferFrom(buyer.address, stranger.address, 3));
        expect(BigInt(await nodeRegistry.nodeOf(ND(3)))).to.equal(0n);
        await claim(world, history.active, ND(3), buyer);
        expect(await r1.balanceOf(stranger.address)).to.equal(await nodeDeed.mintedAt(3, FULL * 30n));
        await associate(world, ND(3), stranger, nodeKey(33));
        expect(await nodeRegistry.deedOf(nodeKey(33).address)).to.equal(ND(3));
      });
    });

    it("a ban of before the fork holds payments back, and its end sets them free", async () => {
      const { world, history } = stage;
      const { jobEscrow, operatorRegistry, r1, nodeDeed } = world.contracts;
      const { otherBuyer, compliance, stranger } = world.cast;
      expect(await refusal(claim(world, history.active, ND(4)))).to.equal("AvailabilityRewards_OwnerBanned");
      expect(await refusal(jobEscrow.connect(stranger).payHeld(4))).to.equal("JobEscrow_StillBanned");
      const held = await jobEscrow.heldOf(4);
      const gross = ((await jobEscrow.jobOf(history.jobs.ended)).rate * POOR * BigInt(JOB_EPOCHS)) / FULL;
      const due = gross - (gross + 9n) / 10n;
      expect(held).to.equal((due * PERCENT_PAID) / 100n);
      await mined(operatorRegistry.connect(compliance).unban(otherBuyer.address));
      const before = await r1.balanceOf(otherBuyer.address);
      await mined(jobEscrow.connect(stranger).payHeld(4));
      await claim(world, history.active, ND(4));
      const mining = await nodeDeed.mintedAt(4, FULL * 30n);
      expect((await r1.balanceOf(otherBuyer.address)) - before).to.equal(held + mining);
    });

    it("a wrong root is taken back, its signers leave, and governance brings others", async () => {
      const { world, history } = stage;
      const { epochLedger, oracleRegistry } = world.contracts;
      const { oracles, stranger } = world.cast;
      await pass(world.chain, await epochLedger.ACTIVATION_DELAY());
      const wrong = await commit(world, history.pending.epoch + 1n, [available(ND(1), FULL * 40n)]);
      const leaf = (file: LeafFile) => leafOf(file, LeafKind.AVAILABILITY, ND(1));
      const [before, after] = [leaf(history.pending), leaf(wrong)];
      const disproof = [before.cumulative, before.proof, after.cumulative, after.proof] as const;
      await mined(epochLedger.connect(stranger).disprove(LeafKind.AVAILABILITY, ND(1), ...disproof));
      world.files.pop();
      expect(await oracleRegistry.oracles()).to.deep.equal([oracles[3]!.address]);
      expect((await epochLedger.latest()).epoch).to.equal(history.pending.epoch);
      await claim(world, history.pending, ND(1));
      for (const oracle of oracles.slice(0, 3)) {
        await governs(world, await oracleRegistry.addOracle.populateTransaction(oracle.address));
      }
      expect(await oracleRegistry.oracles()).to.deep.equal(oracles.map(({ address }) => address));
      const right = await commitAndActivate(world, wrong.epoch, [available(ND(1), FULL * 32n)]);
      await claim(world, right, ND(1));
      expect(await broken(stage)).to.deep.equal([]);
    });

    describe("governance", () => {
      it("does what it scheduled before the fork when the delay is over, and not before", async () => {
        const { world, history } = stage;
        const { resourceCatalog } = world.contracts;
        const price = async () => (await resourceCatalog.classOf(1)).price;
        const before = await price();
        await expectFailure(councilSends(world, history.scheduled));
        expect(await price()).to.equal(before);
        await pass(world.chain, 2n * DAY);
        await councilSends(world, history.scheduled);
        expect(await price()).to.equal(before * 2n);
        const running = await world.contracts.jobEscrow.jobOf(history.jobs.running);
        expect(running.rate, "running jobs keep their rate").to.equal(
          (await stage.source.contracts.jobEscrow.jobOf(history.jobs.running)).rate,
        );
      });

      it("is the council's alone: whoever deployed holds nothing", async () => {
        const { world } = stage;
        const { accessManager, oracleRegistry, nodeDeedSale } = world.contracts;
        const { deployer } = world.cast;
        for (const role of [0, 1, 2, 3])
          expect((await accessManager.hasRole(role, deployer.address)).isMember).to.equal(false);
        expect(await refusal(nodeDeedSale.connect(deployer).unpause())).to.equal("AccessManagedUnauthorized");
        expect(await refusal(oracleRegistry.connect(deployer).removeOracle(world.cast.oracles[0]!.address))).to.equal(
          "AccessManagedUnauthorized",
        );
        expect(await refusal(accessManager.connect(deployer).grantRole(1, deployer.address, 0))).to.equal(
          "AccessManagerUnauthorizedAccount",
        );
      });

      it("has a guardian who stops a release of the treasury before its delay is over", async () => {
        const { world } = stage;
        const { accessManager, pools, r1 } = world.contracts;
        const { treasurer, guardian, stranger } = world.cast;
        const pool = addressOf(world.deployment, "LiquidityPool");
        const data = pools.liquidity.interface.encodeFunctionData("release", [stranger.address, 1n, "to a thief"]);
        const release = () => pools.liquidity.connect(treasurer).release(stranger.address, 1n, "to a thief");
        await mined(accessManager.connect(treasurer).schedule(pool, data, 0));
        expect(await refusal(release())).to.equal("AccessManagerNotReady");
        await mined(accessManager.connect(guardian).cancel(treasurer.address, pool, data));
        await pass(world.chain, DAY);
        expect(await refusal(release())).to.equal("AccessManagerNotScheduled");
        expect(await r1.balanceOf(stranger.address)).to.equal(0n);
      });

      it("lifts a pause of the guardian's, during which claims and settlements went on", async () => {
        const { world, history } = stage;
        const { nodeDeedSale, nodeRegistry, epochLedger, jobEscrow } = world.contracts;
        const places = [nodeDeedSale, nodeRegistry, epochLedger, jobEscrow];
        for (const place of places) await mined(place.connect(world.cast.guardian).pause());
        expect(await refusal(commit(world, history.pending.epoch + 2n, []))).to.equal("EnforcedPause");
        await claim(world, history.pending, ND(1));
        await settle(world, history.active, history.jobs.ended, 1);
        await governs(world, await epochLedger.unpause.populateTransaction());
        await commitAndActivate(world, history.pending.epoch + 2n, []);
      });
    });

    it("a treasury pool opens at its time, and for the share of its milestones", async () => {
      const { world, history } = stage;
      const { accessManager, pools, r1 } = world.contracts;
      const { treasurer, stranger } = world.cast;
      const grants = addressOf(world.deployment, "GrantsPool");
      await claim(world, history.active, GND);
      const release = async (amount: bigint, purpose: string) => {
        const data = pools.grants.interface.encodeFunctionData("release", [stranger.address, amount, purpose]);
        await mined(accessManager.connect(treasurer).schedule(grants, data, 0));
        await pass(world.chain, DAY);
        return mined(pools.grants.connect(treasurer).release(stranger.address, amount, purpose));
      };
      await governs(world, await pools.grants.reachMilestone.populateTransaction("https://example.org/first"));
      expect(await refusal(release(1n, "too early"))).to.equal("TreasuryPool_Locked");
      await passUntil(world.chain, await pools.grants.UNLOCK_TIME());
      const income = await r1.balanceOf(grants);
      expect(await refusal(release(income / 5n + 1n, "too much"))).to.equal("TreasuryPool_AboveReleasable");
      await release(income / 5n, "the first share");
      expect(await r1.balanceOf(stranger.address))
        .to.equal(income / 5n)
        .and.not.equal(0n);
      expect(await refusal(release(1n, "nothing is left"))).to.equal("TreasuryPool_AboveReleasable");
      await governs(world, await pools.grants.reachMilestone.populateTransaction("https://example.org/second"));
      await release(1n, "of the second share");
      expect(await broken(stage)).to.deep.equal([]);
    });

    it("a year without anybody loses nothing", async () => {
      const { world, history } = stage;
      const { epochLedger, jobEscrow, masterNodeDeed, nodeDeed, r1 } = world.contracts;
      await pass(world.chain, 400n * DAY);
      await claim(world, history.pending, ND(1));
      const epoch = (await epochLedger.currentEpoch()) - 1n;
      const MND = deedId(DeedKind.MASTER, 1n);
      const start = await masterNodeDeed.CLASS_START();
      const most = await nodeDeed.boundOf(1, epoch);
      const file = await commitAndActivate(world, epoch, [
        available(ND(1), most),
        available(ND(2), most + 1n),
        available(MND, FULL * (epoch + 1n - start)),
        served(history.jobs.running, 2, FULL * BigInt(RUNNING_EPOCHS)),
      ]);
      const { owner } = await masterNodeDeed.recordOf(1);
      await claim(world, file, ND(1));
      expect(await refusal(claim(world, file, ND(2))), "not a byte above its bound").to.equal("Deed_AboveBound");
      await claim(world, file, MND);
      expect(await r1.balanceOf(owner)).to.equal(await masterNodeDeed.mintedAt(1, FULL * (epoch + 1n - start)));
      await settle(world, file, history.jobs.running, 2);
      expect(leafOf(file, LeafKind.SERVICE, BigInt(serviceId(history.jobs.running, ND(2)))).cumulative).to.equal(
        FULL * BigInt(RUNNING_EPOCHS),
      );
      expect((await jobEscrow.jobOf(history.jobs.running)).balance).to.equal(0n);
      expect(await broken(stage)).to.deep.equal([]);
    });
  });
}
