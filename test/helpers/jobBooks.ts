import { expect } from "chai";

import { active, balance, JobModel, refundable, type Settlement } from "./jobModel.js";
import { type Account, type JobWorld, TOKEN_IDS } from "./jobWorld.js";

/**
 * Who should have how much R1: the model's jobs, and what the model does not know of, which is who owns a deed and who is
 * banned.
 */
export class JobBooks {
  readonly model: JobModel;
  readonly bannedDeeds = new Set<number>();
  readonly bannedOwners = new Set<string>();
  /** Wei that wait for the end of a ban, by deed. */
  readonly held = new Map<number, bigint>();
  /** The running epoch. */
  now = 0;
  readonly #world: JobWorld;
  readonly #owners: Account[];
  /** R1 that each account has, in wei. */
  readonly #funds = new Map<string, bigint>();
  #burned = 0n;

  constructor(world: JobWorld, term: number) {
    this.#world = world;
    this.#owners = [...world.owners];
    this.model = new JobModel(term);
  }

  async open(): Promise<void> {
    const { developers, helper, owners, protocol } = this.#world;
    for (const { address } of [...developers, helper, ...owners]) {
      this.#funds.set(address, await protocol.r1.balanceOf(address));
    }
    this.#burned = await protocol.r1.totalBurned();
    await this.readEpoch();
  }

  async readEpoch(): Promise<void> {
    this.now = Number(await this.#world.protocol.ledger.currentEpoch());
  }

  move(address: string, amount: bigint): void {
    this.#funds.set(address, this.#funds.get(address)! + amount);
  }

  payOut({ deed, paid, burned }: Settlement): void {
    this.#burned += burned;
    if (paid === 0n) return;
    if (this.isBanned(deed)) this.held.set(deed, (this.held.get(deed) ?? 0n) + paid);
    else this.move(this.ownerOf(deed).address, paid);
  }

  ownerOf(deed: number): Account {
    return this.#owners[deed - 1]!;
  }

  sell(deed: number, to: Account): void {
    this.#owners[deed - 1] = to;
  }

  isBanned(deed: number): boolean {
    return this.bannedDeeds.has(deed) || this.bannedOwners.has(this.ownerOf(deed).address);
  }

  /** Compares everything with the chain, to the wei. @param action What was done last. */
  async compare(action: string): Promise<void> {
    const { escrow, r1 } = this.#world.protocol;
    let inEscrow = 0n;
    for (const [index, job] of this.model.jobs.entries()) {
      await this.#compareJob(index + 1, action);
      inEscrow += balance(job);
    }
    for (const deed of TOKEN_IDS) {
      const held = this.held.get(deed) ?? 0n;
      expect(await escrow.heldOf(deed), `held for ${deed} after ${action}`).to.equal(held);
      inEscrow += held;
    }
    expect(await r1.balanceOf(escrow.target), `in the escrow after ${action}`).to.equal(inEscrow);
    expect(await r1.totalBurned(), `burned after ${action}`).to.equal(this.#burned);
    for (const [address, amount] of this.#funds) {
      expect(await r1.balanceOf(address), `R1 of ${address} after ${action}`).to.equal(amount);
    }
  }

  async #compareJob(jobId: number, action: string): Promise<void> {
    const { escrow } = this.#world.protocol;
    const job = this.model.job(jobId);
    const { nodes, epochs, start, sequence } = job;
    const state = await escrow.jobOf(jobId);
    const facts = [state.balance, state.nodes, state.epochs, state.start, state.sequence, state.active];
    const expected = [balance(job), ...[nodes, epochs, start ?? 0, sequence, active(job).length].map(BigInt)];
    expect(facts, `job ${jobId} after ${action}`).to.deep.equal(expected);
    expect(await escrow.refundable(jobId), `refundable after ${action}`).to.equal(refundable(job, this.now));
    const serving = (await escrow.nodesOf(jobId)).map(Number);
    expect(serving, `deeds of job ${jobId} after ${action}`).to.have.members(active(job));
  }
}
