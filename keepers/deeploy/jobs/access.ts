import { ApiError } from "../../core/http/apiError.js";
import type { Address } from "../../protocol/bytes.js";
import { hasRight, JobRight } from "../../protocol/jobRights.js";
import type { EscrowReader, Job, JobsView } from "../views.js";

export interface AccessDependencies {
  readonly jobs: Pick<JobsView, "job">;
  readonly escrow: Pick<EscrowReader, "rightsOf">;
}

/** Who may do what with which job: its owner everything, delegates what the chain says at the moment. */
export class Access {
  readonly #dependencies: AccessDependencies;

  constructor(dependencies: AccessDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws ApiError 404 `JOB_UNKNOWN` */
  job(jobId: bigint): Job {
    const job = this.#dependencies.jobs.job(jobId);
    if (job !== undefined) return job;
    throw new ApiError(404, "JOB_UNKNOWN", `there is no job ${jobId}, as far as this service has read the chain`);
  }

  /** The job, when `account` may do this with it. @throws ApiError 404 `JOB_UNKNOWN`, 403 `NOT_ALLOWED` */
  async require(jobId: bigint, account: Address, right: JobRight): Promise<Job> {
    const job = this.job(jobId);
    if (await this.mayDo(job, account, right)) return job;
    const message = `${account} is neither the owner of job ${jobId} nor a delegate with the right ${nameOf(right)}`;
    throw new ApiError(403, "NOT_ALLOWED", message);
  }

  async mayDo({ owner }: Job, account: Address, right: JobRight): Promise<boolean> {
    return account === owner || hasRight(await this.#dependencies.escrow.rightsOf(owner, account), right);
  }
}

function nameOf(right: JobRight): string {
  const [name] = Object.entries(JobRight).find(([, value]) => value === right) as [string, JobRight];
  return `${name} (${right})`;
}
