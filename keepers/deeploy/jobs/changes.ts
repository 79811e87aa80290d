import { ApiError } from "../../core/http/apiError.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { jobCalls } from "../../protocol/jobCalls.js";
import { JobRight } from "../../protocol/jobRights.js";
import type { DelegateAccount, Job, JobsView } from "../views.js";
import type { Access } from "./access.js";
import type { SpecDesk } from "./specDesk.js";
import type { Terms, Transaction } from "./terms.js";

/** Transactions for the wallet to send or, when Deeploy's own account was made a delegate for it, the one that it sent. */
export interface Change {
  readonly transactions: readonly Transaction[];
  readonly txHash?: Hash;
}

export interface ChangesDependencies {
  readonly access: Access;
  readonly jobs: Pick<JobsView, "epoch">;
  readonly terms: Terms;
  readonly specs: SpecDesk;
  /** None: every change is for the wallet to send. */
  readonly delegate: DelegateAccount | undefined;
}

const MAX_EPOCHS = 3_650;
const MAX_NODES = 64;

/** Changes of jobs on chain. What costs R1 is always for the wallet: Deeploy holds nothing. */
export class Changes {
  readonly #dependencies: ChangesDependencies;

  constructor(dependencies: ChangesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Another specification; nodes change over one after the other. @throws ApiError; see `SpecDesk.take` */
  async update(
    jobId: bigint,
    account: Address,
    submission: { readonly spec: unknown; readonly sealedSecrets: Uint8Array | undefined },
  ): Promise<Change & { readonly specHash: Hash }> {
    const job = await this.#open(jobId, account, JobRight.SPEC);
    const { classId, gpu } = job;
    const specHash = await this.#dependencies.specs.take({ ...submission, classId, gpu });
    const change = await this.#free(
      job,
      JobRight.SPEC,
      jobCalls.changeSpec(jobId, specHash),
      `put specification ${specHash} in place of job ${jobId}'s`,
    );
    return { ...change, specHash };
  }

  /** More nodes, or fewer. @param leaving token ids of the deeds that go, when places that are taken are given up */
  async scale(jobId: bigint, account: Address, nodes: number, leaving: readonly number[]): Promise<Change> {
    const job = await this.#open(jobId, account, JobRight.SCALE);
    if (nodes === job.nodes) throw new ApiError(409, "NOTHING_TO_DO", `job ${jobId} has ${nodes} nodes already`);
    if (nodes > MAX_NODES) throw new ApiError(400, "TOO_MANY_NODES", `a job has at most ${MAX_NODES} nodes`);
    if (nodes > job.nodes) return { transactions: this.#growing(job, nodes - job.nodes) };
    const gone = leaving.length > 0 ? leaving : lastSeats(job, nodes);
    return this.#free(
      job,
      JobRight.SCALE,
      jobCalls.scaleDown(jobId, job.nodes - nodes, gone),
      `take job ${jobId} from ${job.nodes} to ${nodes} nodes`,
    );
  }

  async extend(jobId: bigint, account: Address, epochs: number): Promise<Change> {
    const job = await this.#open(jobId, account, JobRight.EXTEND);
    if (job.epochs + epochs > MAX_EPOCHS) {
      throw new ApiError(
        400,
        "TOO_MANY_EPOCHS",
        `a job lasts at most ${MAX_EPOCHS} epochs, this one ${job.epochs} by now`,
      );
    }
    const cost = job.rate * BigInt(job.nodes) * BigInt(epochs);
    const description = `let job ${jobId} last ${epochs} epochs longer for ${cost} wei of R1`;
    return { transactions: this.#dependencies.terms.paying(cost, jobCalls.extend(jobId, epochs), description) };
  }

  async close(jobId: bigint, account: Address): Promise<Change> {
    const job = await this.#open(jobId, account, JobRight.CLOSE);
    return this.#free(job, JobRight.CLOSE, jobCalls.close(jobId), `close job ${jobId}; the rest goes to its owner`);
  }

  /** Takes the rights that `account` has offered to this service's own account. @throws ApiError 409 `SENDS_NOTHING` */
  async acceptDelegation(account: Address, rights: number): Promise<{ readonly txHash: Hash }> {
    const { delegate, terms } = this.#dependencies;
    if (delegate === undefined) {
      throw new ApiError(409, "SENDS_NOTHING", "this service sends no transactions, and is nobody's delegate");
    }
    const label = `accept the rights ${rights} over the jobs of ${account}`;
    return delegate.send(label, terms.call(jobCalls.acceptDelegation(account, rights), label));
  }

  async #open(jobId: bigint, account: Address, right: JobRight): Promise<Job> {
    const job = await this.#dependencies.access.require(jobId, account, right);
    if (job.isOver) throw new ApiError(409, "JOB_OVER", `job ${jobId} is closed, or its last epoch is over`);
    return job;
  }

  #growing(job: Job, more: number): Transaction[] {
    const { jobId, rate, epochs, start } = job;
    // The running epoch is not paid for places that are new in it.
    const passed = start === undefined ? 0n : maximum(0n, this.#dependencies.jobs.epoch + 1n - start);
    const left = BigInt(epochs) - passed;
    if (left <= 0n) throw new ApiError(409, "JOB_OVER", `job ${jobId} is in its last epoch`);
    const cost = rate * BigInt(more) * left;
    const description = `add ${more} nodes to job ${jobId} for ${cost} wei of R1`;
    return this.#dependencies.terms.paying(cost, jobCalls.scaleUp(jobId, more), description);
  }

  /** Sends what costs nothing when this service may; the caller's own right was checked before. */
  async #free(job: Job, right: JobRight, data: string, description: string): Promise<Change> {
    const { delegate, access, terms } = this.#dependencies;
    const transaction = terms.call(data, description);
    if (delegate === undefined || !(await access.mayDo(job, delegate.address, right))) {
      return { transactions: [transaction] };
    }
    const { txHash } = await delegate.send(description, transaction);
    return { transactions: [], txHash };
  }
}

/** The seats that were taken last, as many as are too many for `nodes` places. */
function lastSeats({ seats }: Job, nodes: number): number[] {
  const serving = seats.filter(({ to }) => to === undefined);
  const order = serving.toSorted((a, b) => Number(a.from - b.from) || a.tokenId - b.tokenId);
  return order.slice(nodes).map(({ tokenId }) => tokenId);
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
