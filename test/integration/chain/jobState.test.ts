import { expect } from "chai";
import { id } from "ethers";

import type { ChainEvent } from "../../../keepers/chain/chainEvent.js";
import { deploymentFrom } from "../../../keepers/chain/deployment.js";
import { EventDecoder } from "../../../keepers/chain/eventDecoder.js";
import { endOfSeat, jobsOf, openPlaces, seatsAt, spentServices } from "../../../keepers/chain/jobSelectors.js";
import { applyEvents, emptyState, type ProtocolState } from "../../../keepers/chain/protocolState.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { DeedKind, deedId } from "../../../keepers/protocol/deedId.js";
import { serviceId } from "../../../keepers/protocol/serviceId.js";
import { ethers } from "../../helpers/protocol.js";
import {
  commit,
  DEEDS,
  type JobWorld,
  loadJobWorld,
  type Root,
  signAssignment,
  skipEpoch,
} from "../../helpers/jobWorld.js";

const SEEDS = [1, 2, 3];
const STEPS = 70;
const MOST_JOBS = 3;
const NEVER = 2n ** 40n;
const TOKENS = Array.from({ length: DEEDS }, (_, i) => i + 1);

/** Random changes of a few jobs; what the contract refuses is not done. */
class Walk {
  readonly done = new Map<string, number>();
  readonly #world: JobWorld;
  readonly #random: SeededRandom;
  readonly #served = new Map<string, bigint>();
  readonly #roots: Root[] = [];

  constructor(world: JobWorld, seed: number) {
    this.#world = world;
    this.#random = new SeededRandom(`jobs ${seed}`);
  }

  async step(): Promise<void> {
    const { escrow } = this.#world.protocol;
    const [developer] = this.#world.developers;
    const mine = escrow.connect(developer);
    const job = 1 + this.#random.integer(MOST_JOBS);
    const actions: Readonly<Record<string, () => Promise<unknown>>> = {
      create: () => this.#create(),
      assign: () => this.#assign(job, 1),
      replace: () => this.#replace(job),
      assignMore: () => this.#assign(job, 2),
      extend: () => mine.extend(job, 1 + this.#random.integer(3)),
      scaleUp: () => mine.scaleUp(job, 1 + this.#random.integer(2)),
      scaleDown: () => this.#scaleDown(job),
      spec: () => mine.changeSpec(job, id(`spec ${this.#random.integer(9)}`)),
      close: () => (this.#random.integer(4) === 0 ? mine.close(job) : Promise.reject(new Error("not now"))),
      refund: () => mine.refund(job),
      settle: () => this.#settle(),
      skip: () => skipEpoch(this.#world),
      commit: () => this.#commit(),
    };
    const names = Object.keys(actions);
    const name = names[this.#random.integer(names.length)]!;
    try {
      await actions[name]!();
      this.done.set(name, (this.done.get(name) ?? 0) + 1);
    } catch (error) {
      if (!/revert|not now/.test(String(error))) throw error;
    }
  }

  async #create(): Promise<void> {
    const { protocol, developers } = this.#world;
    if ((await protocol.escrow.jobCount()) >= MOST_JOBS) throw new Error("not now");
    const nodes = 1 + this.#random.integer(4);
    const request = { specHash: id("spec"), class: 1, gpu: 0, nodes, epochs: 2 + this.#random.integer(8) };
    await protocol.escrow.connect(developers[0]).create({ ...request, maxDeposit: 2n ** 100n, deadline: NEVER });
  }

  async #assign(jobId: number, count: number): Promise<void> {
    await this.#send(jobId, [], this.#some(TOKENS, count));
  }

  async #replace(jobId: number): Promise<void> {
    const serving = (await this.#world.protocol.escrow.nodesOf(jobId)).map(Number);
    await this.#send(jobId, this.#some(serving, 1), this.#some(TOKENS, this.#random.integer(2)));
  }

  async #send(jobId: number, leaving: number[], joining: number[]): Promise<void> {
    const { escrow } = this.#world.protocol;
    const { sequence } = await escrow.jobOf(jobId);
    const assignment = { jobId, sequence, leaving, joining, deadline: NEVER };
    await escrow.assign(assignment, signAssignment(this.#world, assignment));
  }

  async #scaleDown(jobId: number): Promise<void> {
    const { escrow } = this.#world.protocol;
    const { nodes, active } = await escrow.jobOf(jobId);
    const fewer = 1 + this.#random.integer(2);
    const mustLeave = Math.max(0, Number(active) - (Number(nodes) - fewer));
    const leaving = this.#some((await escrow.nodesOf(jobId)).map(Number), mustLeave);
    await escrow.connect(this.#world.developers[0]).scaleDown(jobId, fewer, leaving);
  }

  /** Each deed served each job a bit more. */
  async #commit(): Promise<void> {
    const leaves = Array.from({ length: MOST_JOBS }, (_, job) =>
      TOKENS.map((deed) => ({ jobId: job + 1, deed })),
    ).flat();
    const sums = leaves.map((leaf) => {
      const key = `${leaf.jobId}/${leaf.deed}`;
      this.#served.set(key, (this.#served.get(key) ?? 0n) + BigInt(this.#random.integer(256)));
      return { ...leaf, cumulative: this.#served.get(key)! };
    });
    this.#roots.push(await commit(this.#world, sums));
  }

  async #settle(): Promise<void> {
    const root = this.#roots.at(-1);
    if (!root) throw new Error("not now");
    const index = this.#random.integer(root.leaves.length);
    const { jobId, deed, cumulative } = root.leaves[index]!;
    await this.#world.protocol.escrow.settle(jobId, deed, root.epoch, cumulative, root.tree.getProof(index));
  }

  #some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    return Array.from({ length: Math.min(count, left.length) }, () => {
      return left.splice(this.#random.integer(left.length), 1)[0]!;
    });
  }
}

/**
 * given random assignments, replacements, extensions, scalings, closings and settlements of a few jobs
 * └── after each of them, what the keepers make of the events is what the contract itself says: terms, money, who serves in the
 *     running epoch, who is to run what, and how many places are open
 */
describe("jobs out of events, against the contract", function () {
  this.timeout(180_000);

  async function read({ protocol }: JobWorld): Promise<ProtocolState> {
    const names = {
      NodeRegistry: protocol.nodes,
      OperatorRegistry: protocol.operators,
      OracleRegistry: protocol.oracles,
      EpochLedger: protocol.ledger,
      NodeDeed: protocol.nodeDeed,
      MasterNodeDeed: protocol.masterDeed,
      GenesisNodeDeed: protocol.genesisDeed,
      JobEscrow: protocol.escrow,
      ResourceCatalog: protocol.catalog,
    };
    const addresses = Object.entries(names).map(([name, { target }]) => [name, target as string] as const);
    const decoder = new EventDecoder(deploymentFrom(31_337, Object.fromEntries(addresses)));
    const logs = await ethers.provider.getLogs({ address: [...decoder.addresses], fromBlock: 0 });
    const events = logs.flatMap((log): ChainEvent[] => {
      const { blockNumber, blockHash, index: logIndex, transactionHash } = log;
      const body = decoder.decode({ address: log.address, topics: log.topics, data: log.data });
      return body ? [{ blockNumber, blockHash, logIndex, transactionHash, timestamp: 0, ...body }] : [];
    });
    return applyEvents(emptyState, events);
  }

  async function compare(world: JobWorld): Promise<void> {
    const { escrow, ledger } = world.protocol;
    const state = await read(world);
    const epoch = await ledger.currentEpoch();
    expect(BigInt(state.jobs.size)).to.equal(await escrow.jobCount());
    const spent = spentServices(state, epoch);
    const serving = new Map<number, bigint[]>();
    const seats: object[] = [];
    for (const [jobId, job] of state.jobs) {
      const theirs = await escrow.jobOf(jobId);
      const { owner, specHash, classId, gpu, nodes, epochs, start, rate, sequence } = job;
      expect({ owner, specHash, classId, gpu, nodes, epochs, start, rate, sequence }).to.deep.equal({
        ...{ owner: theirs.owner.toLowerCase(), specHash: theirs.specHash, classId: Number(theirs.class) },
        ...{ gpu: Number(theirs.gpu), nodes: Number(theirs.nodes), epochs: Number(theirs.epochs), start: theirs.start },
        ...{ rate: theirs.rate, sequence: Number(theirs.sequence) },
      });
      expect(job.deposit - job.paid - job.burned - job.refunded).to.equal(theirs.balance);
      const next = theirs.start === 0n ? 0n : epoch + 1n - theirs.start;
      const open = next < theirs.epochs ? Number(theirs.nodes - theirs.active) : 0;
      expect(openPlaces(state, jobId, epoch), `open places of ${jobId}`).to.equal(open);
      for (const tokenId of TOKENS) {
        const service = await escrow.serviceOf(jobId, tokenId);
        const isServing = service.from <= epoch && epoch < service.to;
        const deed = deedId(DeedKind.NODE, BigInt(tokenId));
        if (isServing) seats.push({ jobId, deed, assignment: serviceId(jobId, deed) });
        if (epoch < service.to && service.from < service.to) {
          serving.set(tokenId, [...(serving.get(tokenId) ?? []), jobId]);
        }
        const seat = job.seats.findLast((each) => each.tokenId === tokenId);
        if (spent.has(serviceId(jobId, deed))) {
          expect([
            service.from === service.to,
            service.isActive,
            epoch >= job.start + BigInt(job.epochs),
          ]).to.deep.equal([true, false, true]);
        }
        if (service.from === service.to) continue;
        expect(seat && [seat.unsettledFrom, endOfSeat(job, seat), seat.to === undefined]).to.deep.equal([
          service.from,
          service.to,
          service.isActive,
        ]);
      }
    }
    expect(seatsAt(state, epoch)).to.deep.equal(seats);
    for (const tokenId of TOKENS) {
      const jobs = jobsOf(state, tokenId, epoch).map(({ jobId }) => jobId);
      expect(jobs, `jobs of ${tokenId}`).to.deep.equal(serving.get(tokenId) ?? []);
    }
  }

  const done = new Map<string, number>();

  for (const seed of SEEDS) {
    it(`says what the contract says (seed ${seed})`, async () => {
      const world = await loadJobWorld();
      const walk = new Walk(world, seed);
      for (let step = 0; step < STEPS; step++) {
        await walk.step();
        await compare(world);
      }
      for (const [name, count] of walk.done) done.set(name, (done.get(name) ?? 0) + count);
    });
  }

  it("did everything that can be done", () => {
    const names = ["assign", "assignMore", "close", "create", "extend", "refund", "replace", "scaleDown", "scaleUp"];
    expect([...done.keys()]).to.include.members([...names, "settle", "spec"]);
  });

  it("knows the catalog", async () => {
    const world = await loadJobWorld();
    const { classes } = await read(world);
    const { name, ...micro } = classes.get(1)!;
    const theirs = await world.protocol.catalog.classOf(1);
    expect(micro).to.deep.equal({
      ...{ price: theirs.price, milliCpu: Number(theirs.milliCpu), memoryMiB: Number(theirs.memoryMiB) },
      ...{ diskMiB: Number(theirs.diskMiB), isGpu: theirs.isGpu, isOffered: theirs.isOffered },
    });
    expect([name, classes.size]).to.deep.equal(["MICRO", 15]);
  });
});
