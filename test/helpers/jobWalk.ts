import { expect } from "chai";
import { id, MaxUint256 } from "ethers";

import { JobBooks } from "./jobBooks.js";
import { active, isOver, type ModelJob } from "./jobModel.js";
import {
  type Account,
  commit,
  DEEDS,
  isServing,
  type JobWorld,
  type Root,
  signAssignment,
  skipEpoch,
  TOKEN_IDS,
} from "./jobWorld.js";

const MOST_JOBS = 12;
const TERM = 2;
const CLASS_PRICES = [10_000_000n, 16_670_000n, 37_500_000n, 75_000_000n];
const GPU = 102;
const GPU_PRICE = 240_000_000n;
const RIGHTS = { extend: 1, scale: 2, close: 4, spec: 8 };
const NEVER = 2n ** 40n;

export type Draw = (below: number) => number;

/** A contract's function as ethers gives it, with arguments. */
interface Call {
  staticCall(): Promise<unknown>;
  send(): Promise<unknown>;
}

/** One walk: what is done, and what was served. */
export class JobWalk {
  readonly #world: JobWorld;
  readonly #draw: Draw;
  readonly #books: JobBooks;
  readonly #served = new Map<string, bigint>();
  readonly #roots: Root[] = [];
  #price = 100_000_000n;
  #offered = 0;
  #accepted = 0;
  readonly done = new Map<string, number>();
  readonly refused = new Map<string, number>();

  constructor(world: JobWorld, draw: Draw) {
    this.#world = world;
    this.#draw = draw;
    this.#books = new JobBooks(world, TERM);
  }

  async step(): Promise<void> {
    const actions: readonly (readonly [string, number, () => Promise<boolean>])[] = [
      ["create", 8, () => this.#create()],
      ["extend", 5, () => this.#extend()],
      ["scaleUp", 5, () => this.#scaleUp()],
      ["scaleDown", 6, () => this.#scaleDown()],
      ["close", 3, () => this.#close()],
      ["refund", 4, () => this.#refund()],
      ["assign", 20, () => this.#assign()],
      ["settle", 10, () => this.#settle()],
      ["settleMany", 10, () => this.#settleMany()],
      ["payHeld", 4, () => this.#payHeld()],
      ["delegate", 4, () => this.#delegate()],
      ["ban", 5, () => this.#ban()],
      ["sell", 2, () => this.#sell()],
      ["epoch", 16, () => this.#epoch()],
    ];
    let drawn = this.#draw(actions.reduce((sum, [, weight]) => sum + weight, 0));
    const [name, , act] = actions.find(([, weight]) => (drawn -= weight) < 0)!;
    const counts = (await act()) ? this.done : this.refused;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await this.#books.compare(name);
  }

  async #create(): Promise<boolean> {
    if (this.#books.model.jobs.length === MOST_JOBS) return true;
    const developer = this.#pick(this.#world.developers);
    const classIndex = this.#draw(CLASS_PRICES.length);
    const gpu = this.#draw(4) === 0 ? GPU : 0;
    const dollars = CLASS_PRICES[classIndex]! + (gpu === 0 ? 0n : GPU_PRICE);
    const rate = (dollars * 10n ** 18n + this.#price - 1n) / this.#price;
    const [nodes, epochs] = [this.#draw(6), TERM - 1 + this.#draw(12)];
    const deposit = this.#books.model.create(developer.address, rate, nodes, epochs);
    const request = { specHash: id("spec"), class: classIndex + 1, gpu, nodes, epochs };
    const escrow = this.#as(developer);
    const whole = { ...request, maxDeposit: MaxUint256, deadline: NEVER };
    return this.#try(
      deposit,
      { staticCall: () => escrow.create.staticCall(whole), send: () => escrow.create(whole) },
      (amount) => this.#books.move(developer.address, -amount),
    );
  }

  async #extend(): Promise<boolean> {
    const [job, jobId] = this.#anyJob();
    const sender = this.#sender(job);
    const epochs = this.#draw(5);
    const deposit = this.#may(job, sender, RIGHTS.extend)
      ? this.#books.model.extend(job, this.#books.now, epochs)
      : undefined;
    const escrow = this.#as(sender);
    const call = {
      staticCall: () => escrow.extend.staticCall(jobId, epochs),
      send: () => escrow.extend(jobId, epochs),
    };
    return this.#try(deposit, call, (amount) => this.#books.move(sender.address, -amount));
  }

  async #scaleUp(): Promise<boolean> {
    const [job, jobId] = this.#anyJob();
    const sender = this.#sender(job);
    const more = this.#draw(3);
    const deposit = this.#may(job, sender, RIGHTS.scale)
      ? this.#books.model.scaleUp(job, this.#books.now, more)
      : undefined;
    const escrow = this.#as(sender);
    const call = { staticCall: () => escrow.scaleUp.staticCall(jobId, more), send: () => escrow.scaleUp(jobId, more) };
    return this.#try(deposit, call, (amount) => this.#books.move(sender.address, -amount));
  }

  async #scaleDown(): Promise<boolean> {
    const [job, jobId] = this.#anyJob();
    const sender = this.#sender(job);
    const fewer = this.#draw(3);
    const serving = active(job);
    const fitting = Math.max(0, serving.length - (job.nodes - fewer));
    const leaving = this.#draw(3) === 0 ? this.#some(serving) : serving.slice(0, fitting);
    const accepted = this.#may(job, sender, RIGHTS.scale)
      ? this.#books.model.scaleDown(job, this.#books.now, fewer, leaving)
      : undefined;
    const escrow = this.#as(sender);
    return this.#try(accepted, {
      staticCall: () => escrow.scaleDown.staticCall(jobId, fewer, leaving),
      send: () => escrow.scaleDown(jobId, fewer, leaving),
    });
  }

  async #close(): Promise<boolean> {
    const [job, jobId] = this.#anyJob();
    const sender = this.#sender(job);
    const amount = this.#may(job, sender, RIGHTS.close) ? this.#books.model.close(job, this.#books.now) : undefined;
    const escrow = this.#as(sender);
    const call = { staticCall: () => escrow.close.staticCall(jobId), send: () => escrow.close(jobId) };
    return this.#try(amount, call, (back) => this.#books.move(job.owner, back));
  }

  async #delegate(): Promise<boolean> {
    const { developers, helper } = this.#world;
    const rights = this.#draw(16);
    if (this.#draw(2) === 0) {
      this.#offered = rights;
      this.#accepted &= rights;
      await this.#as(developers[0]).offerDelegation(helper.address, rights);
      return true;
    }
    const isOffered = (rights & ~this.#offered) === 0;
    if (isOffered) this.#accepted = rights;
    const escrow = this.#as(helper);
    return this.#try(isOffered || undefined, {
      staticCall: () => escrow.acceptDelegation.staticCall(developers[0].address, rights),
      send: () => escrow.acceptDelegation(developers[0].address, rights),
    });
  }

  async #refund(): Promise<boolean> {
    const [job, jobId] = this.#anyJob();
    const escrow = this.#as(this.#pick(this.#world.owners));
    const amount = this.#books.model.refund(job, this.#books.now);
    const call = { staticCall: () => escrow.refund.staticCall(jobId), send: () => escrow.refund(jobId) };
    return this.#try(amount, call, (back) => this.#books.move(job.owner, back));
  }

  async #settle(): Promise<boolean> {
    const root = this.#anyRoot();
    if (!root) return true;
    const index = this.#anyLeaf(root);
    const { jobId, deed, cumulative } = root.leaves[index]!;
    const isWrong = this.#draw(10) === 0;
    const claimed = isWrong ? cumulative + 1n : cumulative;
    const job = this.#books.model.job(jobId);
    const settlement = isWrong ? undefined : this.#books.model.settle(job, root.epoch + 1, deed, cumulative);
    const proof = root.tree.getProof(index);
    const escrow = this.#as(this.#world.helper);
    const call = {
      staticCall: () => escrow.settle.staticCall(jobId, deed, root.epoch, claimed, proof),
      send: () => escrow.settle(jobId, deed, root.epoch, claimed, proof),
    };
    return this.#try(settlement, call, (parts) => this.#books.payOut(parts));
  }

  async #settleMany(): Promise<boolean> {
    const root = this.#anyRoot();
    if (!root) return true;
    const [job, jobId] = this.#anyJob();
    const indices = this.#some(root.leaves.flatMap((leaf, index) => (leaf.jobId === jobId ? [index] : [])));
    if (indices.length === 0) return true;
    const { leaves, proof, proofFlags } = root.tree.getMultiProof(indices);
    const ordered = leaves.map(([, leafId]) => root.leaves[indexOfId(root, leafId)]!);
    const settlements = ordered.map(({ deed, cumulative }) =>
      this.#books.model.settle(job, root.epoch + 1, deed, cumulative),
    );
    const deeds = ordered.map(({ deed }) => deed);
    const sums = ordered.map(({ cumulative }) => cumulative);
    const escrow = this.#as(this.#world.helper);
    const accepted = job.start === undefined ? undefined : settlements;
    const call = {
      staticCall: () => escrow.settleMany.staticCall(jobId, root.epoch, deeds, sums, proof, proofFlags),
      send: () => escrow.settleMany(jobId, root.epoch, deeds, sums, proof, proofFlags),
    };
    return this.#try(accepted, call, (all) => {
      for (const settlement of all) if (settlement) this.#books.payOut(settlement);
    });
  }

  async #payHeld(): Promise<boolean> {
    const held = [...this.#books.held.keys()];
    const deed = held.length > 0 ? this.#pick(held) : this.#anyDeed();
    const amount = this.#books.held.get(deed) ?? 0n;
    const accepted = amount > 0n && !this.#books.isBanned(deed) ? amount : undefined;
    const escrow = this.#as(this.#world.helper);
    const call = { staticCall: () => escrow.payHeld.staticCall(deed), send: () => escrow.payHeld(deed) };
    return this.#try(accepted, call, (paid) => {
      this.#books.held.delete(deed);
      this.#books.move(this.#books.ownerOf(deed).address, paid);
    });
  }

  async #assign(): Promise<boolean> {
    const [job, jobId] = this.#anyJob();
    const serving = active(job);
    const leaving = this.#draw(3) === 0 ? this.#some(serving) : [];
    const free = job.nodes - serving.length + leaving.length;
    const serves = new Map<number, boolean>();
    for (const deed of TOKEN_IDS) serves.set(deed, await isServing(this.#world, deed));
    const able = TOKEN_IDS.filter((deed) => !serving.includes(deed) && serves.get(deed));
    const joining = this.#draw(6) === 0 ? this.#some(TOKEN_IDS) : this.#some(able).slice(0, free);
    const sequence = this.#draw(15) === 0 ? job.sequence + 1 : job.sequence;
    const accepted =
      sequence === job.sequence
        ? this.#books.model.assign(job, this.#books.now, leaving, joining, (deed) => serves.get(deed)!)
        : undefined;
    const assignment = { jobId, sequence, leaving, joining, deadline: NEVER };
    const signatures = signAssignment(this.#world, assignment);
    const escrow = this.#as(this.#world.helper);
    return this.#try(accepted, {
      staticCall: () => escrow.assign.staticCall(assignment, signatures),
      send: () => escrow.assign(assignment, signatures),
    });
  }

  async #ban(): Promise<boolean> {
    const { operators, nodeDeed, accounts } = this.#world.protocol;
    const serving = this.#books.model.jobs.flatMap(active);
    const deed = serving.length > 0 ? this.#pick(serving) : this.#anyDeed();
    const { address } = this.#books.ownerOf(deed);
    const collection = nodeDeed.connect(accounts.compliance);
    const registry = operators.connect(accounts.compliance);
    if (this.#books.bannedDeeds.size + this.#books.bannedOwners.size > 0 && this.#draw(2) === 0) {
      for (const banned of this.#books.bannedDeeds) await collection.unban(banned);
      for (const banned of this.#books.bannedOwners) await registry.unban(banned);
      this.#books.bannedDeeds.clear();
      this.#books.bannedOwners.clear();
    } else if (this.#books.isBanned(deed)) {
      return true;
    } else if (this.#draw(2) === 0) {
      this.#books.bannedDeeds.add(deed);
      await collection.ban(deed, "why");
    } else {
      this.#books.bannedOwners.add(address);
      await registry.ban(address, "why");
    }
    return true;
  }

  /** What a deed earned and is not settled goes to its new owner. */
  async #sell(): Promise<boolean> {
    const deed = this.#anyDeed();
    const [from, to] = [this.#books.ownerOf(deed), this.#pick(this.#world.owners)];
    if (this.#books.isBanned(deed) || this.#books.bannedOwners.has(to.address)) return true;
    await this.#world.protocol.nodeDeed.connect(from).transferFrom(from.address, to.address, deed);
    this.#books.sell(deed, to);
    return true;
  }

  /** The running epoch ends, with an honest root, a corrupt one, or none. */
  async #epoch(): Promise<boolean> {
    this.#serve();
    const isCorrupt = this.#draw(6) === 0;
    const sums = [...this.#served].map(([key, cumulative]) => {
      const [jobId, deed] = key.split(":").map(Number) as [number, number];
      return { jobId, deed, cumulative: isCorrupt ? this.#absurd() : cumulative };
    });
    if (sums.length === 0 || this.#draw(5) === 0) await skipEpoch(this.#world);
    else this.#roots.push(await commit(this.#world, sums));
    this.#price = BigInt(50_000_000 + this.#draw(100_000_000));
    await this.#world.protocol.feed.updateAnswer(this.#price);
    await this.#books.readEpoch();
    return true;
  }

  /** Adds what each seat served in the running epoch; a deed that never served has a leaf of zero. */
  #serve(): void {
    for (const [index, job] of this.#books.model.jobs.entries()) {
      for (const deed of TOKEN_IDS) {
        const key = `${index + 1}:${deed}`;
        const served = job.stints.some(
          (stint) => stint.deed === deed && stint.from <= this.#books.now && stint.to === undefined,
        );
        const bytes = !served ? 0 : this.#draw(3) === 0 ? this.#draw(256) : 255;
        this.#served.set(key, (this.#served.get(key) ?? 0n) + BigInt(bytes));
      }
    }
  }

  #absurd(): bigint {
    const kinds = [0n, BigInt(this.#draw(3_000)), 2n ** 32n + 5n, MaxUint256 - BigInt(this.#draw(9))];
    return kinds[this.#draw(kinds.length)]!;
  }

  /** Acts when the model says so, and sees that the contract refuses whatever the model refuses. */
  async #try<T>(expected: T | undefined, call: Call, done: (value: T) => void = () => undefined): Promise<boolean> {
    const refusal = await call.staticCall().then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
    expect(
      refusal === undefined,
      `accepted, where the model ${expected === undefined ? "refuses" : "accepts"}: ${refusal}`,
    ).to.equal(expected !== undefined);
    if (expected === undefined) return false;
    await call.send();
    done(expected);
    return true;
  }

  #may(job: ModelJob, { address }: Account, right: number): boolean {
    if (address === job.owner) return true;
    const isDelegate = address === this.#world.helper.address && job.owner === this.#world.developers[0].address;
    return isDelegate && (this.#accepted & right) !== 0;
  }

  /** Mostly the owner, else its delegate, or somebody who has no business there. */
  #sender({ owner }: ModelJob): Account {
    const { developers, helper } = this.#world;
    return this.#draw(4) > 0
      ? developers.find(({ address }) => address === owner)!
      : this.#pick([helper, ...developers]);
  }

  #as(account: Account) {
    return this.#world.protocol.escrow.connect(account);
  }

  /** Mostly one that is not over. */
  #anyJob(): [ModelJob, number] {
    const open = this.#books.model.jobs.filter((job) => !isOver(job, this.#books.now));
    const job = this.#draw(4) > 0 && open.length > 0 ? this.#pick(open) : this.#pick(this.#books.model.jobs);
    return [job, this.#books.model.jobs.indexOf(job) + 1];
  }

  /** Mostly the last one. */
  #anyRoot(): Root | undefined {
    return this.#draw(4) > 0 ? this.#roots.at(-1) : this.#pick(this.#roots);
  }

  /** Mostly that of a deed that served the job and has something to be settled. */
  #anyLeaf({ leaves }: Root): number {
    const unsettled = leaves.flatMap(({ jobId, deed }, index) => {
      const stint = this.#books.model.job(jobId).stints.findLast((each) => each.deed === deed);
      return stint && stint.settledTo < (stint.to ?? this.#books.now) ? [index] : [];
    });
    return this.#draw(4) > 0 && unsettled.length > 0 ? this.#pick(unsettled) : this.#draw(leaves.length);
  }

  #anyDeed(): number {
    return 1 + this.#draw(DEEDS);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#draw(from.length)]!;
  }

  #some<T>(from: readonly T[]): T[] {
    return from.filter(() => this.#draw(2) === 0);
  }

  /** Makes the first job, without which there is nothing to do. */
  async open(): Promise<void> {
    await this.#books.open();
    while (this.#books.model.jobs.length === 0) await this.#create();
  }
}

function indexOfId(root: Root, leafId: bigint): number {
  for (const [index, [, candidate]] of root.tree.entries()) if (candidate === leafId) return index;
  throw new Error("the multiproof has a leaf that the tree has not");
}
