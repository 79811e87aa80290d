import { expect } from "chai";

import type { Disturbance, EpochRecord, History } from "../../../soak/history.js";
import { mustCommit, owedBytes, possibleBytes } from "../../../soak/verdict/availability.js";
import { mintedBetween } from "../../../soak/verdict/emission.js";
import { isWell, judge } from "../../../soak/verdict/verdict.js";
import { at, calm, MASTER_DEED, NODE_DEED, rootOf, SERVED, without } from "./history.js";

/** @param from and `to` in seconds of the epoch */
function trouble(target: string, kind: string, epoch: number, from: number, to: number): Disturbance {
  return { target, kind, from: at(epoch, from), to: at(epoch, to) };
}

const withTrouble = (...disturbances: Disturbance[]): History => ({ ...calm(), disturbances });

/** With one epoch's record changed. */
function altered(history: History, epoch: number, change: (record: EpochRecord) => Partial<EpochRecord>): History {
  return {
    ...history,
    epochs: history.epochs.map((record) => (record.commit.epoch === epoch ? { ...record, ...change(record) } : record)),
  };
}

describe("the soak's verdict", () => {
  it("finds nothing in a run in which all went well", () => {
    const verdict = judge(calm());
    expect(verdict).to.deep.equal({
      ...{ rewardsLost: [], rewardsWrong: [], escrowImbalanceWei: 0n, orphanContainers: [], doubleCommits: [] },
    });
    expect(isWell(verdict)).to.equal(true);
  });

  describe("rewardsLost", () => {
    it("counts an epoch that is missing without a cause", () => {
      const { rewardsLost } = judge(
        without(
          calm([
            [255, 255],
            [0, 0],
            [255, 255],
            [255, 255],
          ]),
          1,
        ),
      );
      expect(rewardsLost).to.deep.equal([
        "epoch 1 was not committed, though a quorum of oracles was well in all of it",
      ]);
    });

    it("does not count one that two oracles, or the broker, missed a slot of", () => {
      const missing = without(
        calm([
          [255, 255],
          [0, 0],
          [255, 255],
          [255, 255],
        ]),
        1,
      );
      const two = ["oracle-1", "oracle-3"].map((oracle) => trouble(oracle, "kill", 1, 8, 20));
      expect(judge({ ...missing, disturbances: two }).rewardsLost).to.deep.equal([]);
      const broker = [trouble("broker", "kill", 1, 8, 20)];
      expect(judge({ ...missing, disturbances: broker }).rewardsLost).to.deep.equal([]);
      const one = [two[0]!];
      expect(judge({ ...missing, disturbances: one }).rewardsLost).to.have.length(1);
    });

    it("counts an undisturbed node that was credited less than always", () => {
      const { rewardsLost } = judge(
        calm([
          [255, 255],
          [170, 255],
          [255, 255],
          [255, 255],
        ]),
      );
      expect(rewardsLost).to.deep.equal(["ND:7 got 170 of 255 in epoch 1, and was there for 255"]);
    });

    it("counts amounts that could not be claimed, and whatever was refused", () => {
      const history = calm();
      const [claim, ...others] = history.claims;
      const verdict = judge({ ...history, claims: others, unclaimed: new Map([[NODE_DEED, claim!.amount]]) });
      expect(verdict.rewardsLost).to.deep.equal([`ND:7 has ${claim!.amount} wei that nobody could claim`]);
      expect(judge({ ...history, refusals: ["claiming does not go"] }).rewardsLost).to.have.length(1);
    });

    it("counts a deed that was not settled up to its end", () => {
      const { rewardsLost } = judge({ ...calm(), jobEvents: SERVED.slice(0, 2) });
      expect(rewardsLost[0]).to.equal("ND:7 served job 1 from epoch 1 on, and is settled up to 1 only");
      expect(rewardsLost[1]).to.equal("job 1 still holds 2000000 wei of its owner");
    });
  });

  describe("rewardsWrong", () => {
    it("counts a claim that is one wei off, either way", () => {
      for (const deed of [NODE_DEED, MASTER_DEED]) {
        for (const off of [1n, -1n]) {
          const history = calm();
          const claims = history.claims.map((each) => ({
            ...each,
            amount: each.amount + (each.deed === deed ? off : 0n),
          }));
          const minted = history.supply.minted + off;
          const { rewardsWrong } = judge({ ...history, claims, supply: { minted, burned: 0n, total: minted } });
          expect(rewardsWrong).to.have.length(1);
        }
      }
    });

    it("counts what was minted and not claimed, and a supply that does not add up", () => {
      const history = calm();
      const { minted } = history.supply;
      expect(
        judge({ ...history, supply: { minted: minted + 1n, burned: 1n, total: minted } }).rewardsWrong,
      ).to.have.length(1);
      expect(judge({ ...history, supply: { minted, burned: 1n, total: minted } }).rewardsWrong).to.have.length(1);
    });

    it("counts a credit that is not the lower median of the reports", () => {
      const history = altered(calm(), 2, ({ reports }) => ({
        reports: reports!.map((report, index) => (index < 2 ? { ...report, bytes: Uint8Array.of(170, 255) } : report)),
      }));
      expect(judge(history).rewardsWrong).to.deep.equal([
        "ND:7 got 255 in epoch 2, which is not what the reports come to",
      ]);
    });

    it("counts a credit of a node that was dead all the time", () => {
      const { rewardsWrong } = judge(withTrouble(trouble("node-1", "kill", 0, 13, 60)));
      expect(rewardsWrong).to.deep.equal(["ND:7 got 255 in epoch 1, and can have been there for 0"]);
    });

    it("counts leaves that do not come to the root, a root that builds on another, and a file that is gone", () => {
      const leaves = calm().epochs[3]!.leaves!;
      const changed = leaves.map((leaf) => ({ ...leaf, cumulative: leaf.cumulative - 1n }));
      expect(judge(altered(calm(), 3, () => ({ computedRoot: rootOf(changed) }))).rewardsWrong).to.have.length(1);
      const elsewhere = altered(calm(), 3, ({ commit }) => ({
        commit: { ...commit, previousRoot: `0x${"1".repeat(64)}` },
      }));
      expect(judge(elsewhere).rewardsWrong).to.have.length(1);
      expect(judge(altered(calm(), 1, () => ({ leaves: undefined }))).rewardsWrong[0]).to.include("no oracle serves");
    });

    it("takes an extension for what it adds to the length", () => {
      const [created, ...others] = SERVED;
      const longer = { kind: "extended", jobId: 1, now: 0, epochs: 3, deposit: 1_000_000n } as const;
      const { rewardsWrong, rewardsLost } = judge({ ...calm(), jobEvents: [created!, longer, ...others] });
      expect(rewardsWrong).to.deep.equal([]);
      expect(rewardsLost).to.deep.equal([
        "ND:7 served job 1 from epoch 1 on, and is settled up to 3 only",
        "job 1 still holds 1000000 wei of its owner",
      ]);
      const wrong = { ...longer, deposit: 3_000_000n };
      expect(judge({ ...calm(), jobEvents: [created!, wrong] }).rewardsWrong).to.have.length(1);
    });

    it("counts a settlement and a refund that the model does not come to", () => {
      const [created, assigned, settled] = SERVED;
      const off = { ...settled!, paid: 1_700_001n, burned: 299_999n } as (typeof SERVED)[number];
      expect(judge({ ...calm(), jobEvents: [created!, assigned!, off] }).rewardsWrong).to.have.length(2);
      const refunded = { kind: "refunded", jobId: 1, now: 3, amount: 1n } as const;
      expect(judge({ ...calm(), jobEvents: [...SERVED, refunded] }).rewardsWrong).to.deep.equal([
        "job 1: refund of 1 wei, and the model says 0",
      ]);
    });
  });

  it("adds up how far the escrow's balances are off, in all and for each job", () => {
    const escrow = { held: 5n, balances: new Map([[1, 2n]]) };
    const verdict = judge({ ...calm(), escrow });
    expect(verdict.escrowImbalanceWei).to.equal(7n);
    expect(isWell(verdict)).to.equal(false);
  });

  it("names the containers that are left, and is not well then", () => {
    const verdict = judge({ ...calm(), containers: ["/r1-1"] });
    expect(verdict.orphanContainers).to.deep.equal(["/r1-1"]);
    expect(isWell(verdict)).to.equal(false);
  });

  it("counts two roots of one epoch, disproved roots, contradictions and removed oracles", () => {
    const history = calm();
    const again = { ...history.commits[1]!, root: `0x${"2".repeat(64)}` };
    expect(judge({ ...history, commits: [...history.commits, again] }).doubleCommits).to.have.length(1);
    const disproved = { ...again, isDisproved: true };
    expect(judge({ ...history, commits: [...history.commits, disproved] }).doubleCommits).to.have.length(1);
    expect(judge({ ...history, contradictions: ["a and b"] }).doubleCommits).to.have.length(1);
    expect(judge({ ...history, removed: ["oracle 0x1"] }).doubleCommits).to.have.length(1);
  });
});

describe("what a node is owed", () => {
  const owed = (...disturbances: Disturbance[]) => owedBytes(withTrouble(...disturbances), NODE_DEED, 1);

  it("is everything while one oracle at most is disturbed, however long", () => {
    expect(owed()).to.equal(255);
    expect(owed(trouble("oracle-2", "kill", 0, 0, 90))).to.equal(255);
  });

  it("is less by the slots in which two oracles, its broker, the machine or it itself had no five quiet seconds", () => {
    expect(owed(trouble("oracle-2", "kill", 1, 0, 30), trouble("oracle-3", "pause", 1, 3, 8))).to.equal(170);
    expect(owed(trouble("broker", "pause", 1, 12, 16))).to.equal(170);
    expect(owed(trouble("machine", "stall", 1, 12, 16))).to.equal(170);
    expect(owed(trouble("node-1", "pause", 1, 12, 16))).to.equal(170);
    expect(owed(trouble("node-1", "kill", 1, 8, 22))).to.equal(85);
  });

  it("is not less because it cannot reach the chain or write, or another node is gone", () => {
    const harmless = [
      trouble("node-1", "rpc", 1, 0, 30),
      trouble("node-1", "disk", 1, 0, 30),
      trouble("node-2", "kill", 1, 0, 30),
    ];
    expect(owed(...harmless)).to.equal(255);
  });

  it("is nothing in the slots before it was associated, and in an epoch at whose end it is not", () => {
    const history = calm();
    const [node, master] = history.associations;
    const late = { ...history, associations: [{ ...node!, from: at(1, 12) }, master!] };
    expect(owedBytes(late, NODE_DEED, 1)).to.equal(170);
    expect(owedBytes({ ...history, associations: [{ ...node!, to: at(1, 12) }] }, NODE_DEED, 1)).to.equal(0);
    expect(possibleBytes({ ...history, associations: [{ ...node!, to: at(1, 12) }] }, NODE_DEED, 2)).to.equal(0);
  });
});

describe("when an epoch must be committed", () => {
  it("takes three oracles without trouble in its slots and while they report", () => {
    expect(mustCommit(withTrouble(trouble("oracle-1", "kill", 1, 0, 50)), 1)).to.equal(true);
    const reporting = [trouble("oracle-1", "kill", 1, 0, 50), trouble("oracle-2", "pause", 1, 31, 33)];
    expect(mustCommit(withTrouble(...reporting), 1)).to.equal(false);
    expect(mustCommit(withTrouble(trouble("broker", "pause", 1, 34, 36)), 1)).to.equal(false);
    expect(mustCommit(withTrouble(trouble("broker", "pause", 1, 1, 2)), 1)).to.equal(true);
  });
});

describe("the soak's own emission", () => {
  const master = {
    deed: MASTER_DEED,
    name: "MND:1",
    curve: "logistic",
    allocation: 10n ** 24n,
    duration: 30n,
    start: 0,
  } as const;

  it("is the line of the law, rounded down", () => {
    const node = { ...master, curve: "linear", allocation: 1_000n } as const;
    expect(mintedBetween(node, 1_234n)).to.deep.equal({ least: 161n, most: 161n });
  });

  it("is nothing at the beginning of the curve, all at its end, and what the paper's formula gives between", () => {
    expect(mintedBetween(master, 0n).most).to.equal(0n);
    expect(mintedBetween(master, 255n * 30n).least).to.equal(10n ** 24n);
    const { least, most } = mintedBetween(master, 255n * 15n);
    const sigma = (y: number) => 1 / (1 + Math.exp(-y));
    const [zero, one, half] = [0, 1, 0.5].map((x) => sigma(10 * (x - 437 / 677)));
    const approximately = ((half! - zero!) / (one! - zero!)) * 1e24;
    expect(Number(most) / approximately).to.be.closeTo(1, 1e-9);
    expect(most - least).to.equal(10n ** 9n);
  });
});
