import { expect } from "chai";
import { parseEther } from "ethers";
import { KeeperError } from "../../../keepers/core/errors.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { type LogEntry, memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { AutomaticClaims, type ClaimPolicy } from "../../../keepers/node/claims.js";
import type { DeedProof } from "../../../keepers/node/proofClient.js";
import type { DeedId } from "../../../keepers/protocol/deedId.js";
import { deed } from "./fixtures.js";
import { proofOf } from "./proofs.js";

/** A chain and its oracles: `epoch` is the latest committed one, `owed` what can be claimed. */
class World {
  epoch = 7n;
  owed = parseEther("1");
  deed: DeedId | undefined = deed;
  proof: DeedProof | undefined | Error = proofOf(5);
  failure: Error | undefined;
  readonly claimed: DeedProof[] = [];
  readonly asked: [DeedId, bigint, bigint][] = [];
  readonly clock = new VirtualClock();
  readonly disk = new MemoryDisk();
  readonly entries: LogEntry[];
  readonly #logger;

  constructor() {
    const { logger, entries } = memoryLogger(this.clock);
    this.#logger = logger;
    this.entries = entries;
  }

  claims(policy: Partial<ClaimPolicy> = {}): AutomaticClaims {
    const options = { minimum: parseEther("10"), everyEpochs: undefined, checkMs: 60_000, path: "/data/claims.json" };
    return new AutomaticClaims(
      { ...options, ...policy },
      {
        deed: () => this.deed,
        proofs: { latest: () => this.#latest() },
        rewards: {
          claimable: async (...question) => {
            this.asked.push(question);
            return this.owed;
          },
        },
        claimer: { claim: (proof) => this.#claim(proof) },
        disk: this.disk,
        clock: this.clock,
        logger: this.#logger,
      },
    );
  }

  async #latest(): Promise<DeedProof | undefined> {
    if (this.proof instanceof Error) throw this.proof;
    return this.proof === undefined ? undefined : { ...this.proof, epoch: this.epoch };
  }

  async #claim(proof: DeedProof): Promise<{ txHash: string }> {
    this.claimed.push(proof);
    if (this.failure !== undefined) throw this.failure;
    this.owed = 0n;
    return { txHash: "0xabc" };
  }
}

const kinds = async (claims: AutomaticClaims, looks: number): Promise<string[]> => {
  const seen: string[] = [];
  for (let look = 0; look < looks; look += 1) seen.push((await claims.look()).kind);
  return seen;
};

describe("automatic claims", () => {
  let world: World;

  beforeEach(() => {
    world = new World();
  });

  it("claims once the minimum is reached, with the proof it was given, after asking the chain", async () => {
    const claims = world.claims();
    expect(await claims.look()).to.deep.equal({ kind: "waiting", claimable: parseEther("1") });
    world.owed = parseEther("10");
    expect(await claims.look()).to.deep.equal({ kind: "claimed", claimable: parseEther("10"), txHash: "0xabc" });
    expect(world.claimed).to.deep.equal([proofOf(5)]);
    expect(world.asked.at(-1)).to.deep.equal([deed, 7n, proofOf(5).cumulative]);
    expect(world.entries.find(({ msg }) => msg === "claimed")).to.include({ deed: "ND #5", amountR1: "10.0" });
  });

  it("skips what is nothing new", async () => {
    world.owed = 0n;
    expect(await kinds(world.claims({ minimum: 0n, everyEpochs: 1n }), 3)).to.deep.equal([
      "nothing-new",
      "nothing-new",
      "nothing-new",
    ]);
    expect(world.claimed).to.deep.equal([]);
  });

  it("claims little when enough epochs have passed, counted across restarts", async () => {
    const policy = { everyEpochs: 3n };
    expect(await kinds(world.claims(policy), 1)).to.deep.equal(["waiting"]);
    world.epoch = 9n;
    expect(await kinds(world.claims(policy), 1)).to.deep.equal(["waiting"]);
    world.epoch = 10n;
    expect(await kinds(world.claims(policy), 1)).to.deep.equal(["claimed"]);
    world.owed = 1n;
    world.epoch = 12n;
    expect(await kinds(world.claims(policy), 1)).to.deep.equal(["waiting"]);
    world.epoch = 13n;
    expect(await kinds(world.claims(policy), 1)).to.deep.equal(["claimed"]);
  });

  it("does nothing without a deed or a leaf", async () => {
    const claims = world.claims({ minimum: 0n });
    world.deed = undefined;
    expect(await kinds(claims, 1)).to.deep.equal(["no-deed"]);
    world.deed = deed;
    world.proof = undefined;
    expect(await kinds(claims, 1)).to.deep.equal(["no-proof"]);
    expect([world.asked, world.claimed]).to.deep.equal([[], []]);
  });

  it("waits quietly for the first epoch that is active", async () => {
    world.proof = new KeeperError("NOTHING_ACTIVE", "no epoch is active yet", { retriable: true });
    expect(await kinds(world.claims({ minimum: 0n }), 2)).to.deep.equal(["no-proof", "no-proof"]);
    expect(world.entries).to.be.empty;
  });

  it("sends nothing when no right proof is to be had", async () => {
    world.proof = new KeeperError("PROOF_UNAVAILABLE", "no oracle gave a right proof", { retriable: true });
    expect(await kinds(world.claims({ minimum: 0n }), 2)).to.deep.equal(["failed", "failed"]);
    expect(world.claimed).to.deep.equal([]);
  });

  it("tries a claim that was refused again only after the next committed epoch, also across a restart", async () => {
    world.failure = new KeeperError("CONTRACT_REVERTED", "the owner is banned");
    expect(await kinds(world.claims({ minimum: 0n }), 4)).to.deep.equal(["failed", "seen", "seen", "seen"]);
    expect(await kinds(world.claims({ minimum: 0n }), 2)).to.deep.equal(["seen", "seen"]);
    expect(world.claimed).to.have.length(1);
    world.epoch = 8n;
    world.failure = undefined;
    expect(await kinds(world.claims({ minimum: 0n }), 1)).to.deep.equal(["claimed"]);
  });

  it("takes an error of unknown kind for a refusal, rather than pay for it again and again", async () => {
    world.failure = new Error("whatever");
    expect(await kinds(world.claims({ minimum: 0n }), 3)).to.deep.equal(["failed", "seen", "seen"]);
    expect(world.claimed).to.have.length(1);
  });

  it("tries again at the next look when the chain could not be reached", async () => {
    world.failure = new KeeperError("RPC_FAILED", "no answer", { retriable: true });
    const claims = world.claims({ minimum: 0n });
    expect(await kinds(claims, 1)).to.deep.equal(["failed"]);
    world.failure = undefined;
    expect(await kinds(claims, 1)).to.deep.equal(["claimed"]);
  });

  it("looks at once and then regularly, one look at a time, until it is closed", async () => {
    const claims = world.claims();
    claims.start();
    await world.clock.advance(0);
    expect(world.asked).to.have.length(1);
    await world.clock.advance(600_000);
    expect(world.asked).to.have.length(11);
    await Promise.all([claims.look(), claims.look()]);
    expect(world.asked).to.have.length(12);
    await Promise.all([claims.close(), claims.close()]);
    expect(world.clock.pending).to.equal(0);
    await world.clock.advance(600_000);
    expect(world.asked).to.have.length(12);
  });

  it("claims when the disk is full, and says that it could not note it", async () => {
    world.disk.fault = ({ kind }) => (kind === "write" ? { code: "ENOSPC" } : undefined);
    expect(await kinds(world.claims({ minimum: 0n }), 2)).to.deep.equal(["claimed", "nothing-new"]);
    expect(world.entries.some(({ msg }) => msg === "the last claim could not be noted")).to.equal(true);
  });
});
