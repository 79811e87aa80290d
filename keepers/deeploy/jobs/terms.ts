import type { Clock } from "../../core/clock.js";
import { ApiError } from "../../core/http/apiError.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import { approveCall, jobCalls, type JobRequest } from "../../protocol/jobCalls.js";
import type { Call, EscrowReader, JobsView } from "../views.js";
import { findClass } from "./specDesk.js";

/** What a job is to have. */
export interface Wanted {
  readonly classId: number;
  /** Zero: none. */
  readonly gpu: number;
  readonly nodes: number;
  readonly epochs: number;
}

/** What it costs at the moment; wei. */
export interface Quote extends Wanted {
  /** Per epoch and node. */
  readonly rate: bigint;
  readonly deposit: bigint;
  /** The deposit and 2 % more, rounded up: the price may move until the transaction is mined. */
  readonly maxDeposit: bigint;
}

/** A transaction for a wallet to send, in the order of the list it is in. */
export interface Transaction extends Call {
  /** Wei of the chain's own coin; always "0". */
  readonly value: string;
  readonly description: string;
}

export interface TermsDependencies {
  readonly jobs: Pick<JobsView, "classes">;
  readonly escrow: Pick<EscrowReader, "rateOf">;
  readonly clock: Pick<Clock, "now">;
}

export interface TermsOptions {
  readonly escrow: Address;
  readonly token: Address;
}

const SLACK_PERCENT = 2n;
/** How long the transactions given out can be sent. Seconds. */
const DEADLINE_SECONDS = 3_600;

/** Prices of jobs, and the transactions that make them. */
export class Terms {
  readonly #options: TermsOptions;
  readonly #dependencies: TermsDependencies;

  constructor(options: TermsOptions, dependencies: TermsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** @throws ApiError 400 `CLASS_UNKNOWN`, 409 `CLASS_NOT_OFFERED` */
  async quote(wanted: Wanted): Promise<Quote> {
    const { classId, gpu, nodes, epochs } = wanted;
    const { classes } = this.#dependencies.jobs;
    const { name } = findClass(classes, classId, false);
    if (gpu !== 0) findClass(classes, gpu, true);
    const rate = await this.#dependencies.escrow.rateOf(classId, gpu);
    if (rate === undefined) {
      throw new ApiError(
        409,
        "CLASS_NOT_OFFERED",
        `class ${name}, or its add-on, is not offered for new jobs any more`,
      );
    }
    const deposit = rate * BigInt(nodes) * BigInt(epochs);
    const maxDeposit = (deposit * (100n + SLACK_PERCENT) + 99n) / 100n;
    return { classId, gpu, nodes, epochs, rate, deposit, maxDeposit };
  }

  /** What makes a job of this specification: an allowance, then the job. */
  creating(specHash: Hash, { classId, gpu, nodes, epochs, maxDeposit }: Quote): Transaction[] {
    const { escrow } = this.#options;
    const deadline = BigInt(Math.floor(this.#dependencies.clock.now() / 1_000) + DEADLINE_SECONDS);
    const request: JobRequest = { specHash, classId, gpu, nodes, epochs, maxDeposit, deadline };
    return [
      this.#allowance(maxDeposit),
      transaction(escrow, jobCalls.create(request), `create the job for at most ${maxDeposit} wei of R1`),
    ];
  }

  /** A call of the JobEscrow that costs at most `amount` wei of R1. */
  paying(amount: bigint, data: string, description: string): Transaction[] {
    return [this.#allowance(amount), this.call(data, description)];
  }

  /** A call of the JobEscrow that costs nothing. */
  call(data: string, description: string): Transaction {
    return transaction(this.#options.escrow, data, description);
  }

  #allowance(amount: bigint): Transaction {
    const { escrow, token } = this.#options;
    return transaction(token, approveCall(escrow, amount), `let the JobEscrow take ${amount} wei of R1`);
  }
}

function transaction(to: Address, data: string, description: string): Transaction {
  return { to, data, value: "0", description };
}
