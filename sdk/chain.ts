import { Contract, Interface, isError, Signature } from "ethers";
import { IJobEscrow__factory } from "../typechain-types/factories/contracts/interfaces/IJobEscrow__factory.js";
import { IR1__factory } from "../typechain-types/factories/contracts/interfaces/IR1__factory.js";
import { IResourceCatalog__factory } from "../typechain-types/factories/contracts/interfaces/IResourceCatalog__factory.js";
import { approveCall, createdJob, jobCalls, type JobRequest, permitData } from "../keepers/protocol/jobCalls.js";
import type { SigningDomain } from "../keepers/protocol/typedData.js";
import { SdkError } from "./errors.js";
import type { OpenWallet } from "./wallet.js";

/** Getters that the JobEscrow has beside its interface. */
const WIRING = new Interface([
  "function TOKEN() view returns (address)",
  "function CATALOG() view returns (address)",
  "function currentEpoch() view returns (uint64)",
]);

/** Seconds in which a new job has to be mined. */
const DEADLINE_SECONDS = 1_800;
const SLACK_PERCENT = 2n;

/** What a new job is to have. */
export interface Wanted {
  readonly specHash: string;
  readonly classId: number;
  readonly gpu: number;
  readonly nodes: number;
  readonly epochs: number;
  /** Wei; default: the price and 2 %. */
  readonly maxDeposit?: bigint | undefined;
}

/** The JobEscrow as a wallet uses it. Nothing here believes a service: prices and terms are read from the contracts. */
export class Escrow {
  readonly domain: SigningDomain;
  readonly #wallet: OpenWallet;
  readonly #token: string;
  readonly #catalog: string;

  private constructor(domain: SigningDomain, wallet: OpenWallet, token: string, catalog: string) {
    this.domain = domain;
    this.#wallet = wallet;
    this.#token = token;
    this.#catalog = catalog;
  }

  static async open(domain: SigningDomain, wallet: OpenWallet): Promise<Escrow> {
    const read = async (name: string) => String(await wiringOf(domain, wallet).getFunction(name)());
    const [token, catalog] = await Promise.all([read("TOKEN"), read("CATALOG")]);
    return new Escrow(domain, wallet, token, catalog);
  }

  /** Wei that a job costs at the moment. */
  async priceOf({ classId, gpu, nodes, epochs }: Omit<Wanted, "specHash">): Promise<bigint> {
    const catalog = IResourceCatalog__factory.connect(this.#catalog, this.#wallet.provider);
    return (await catalog.rateOf(classId, gpu)) * BigInt(nodes) * BigInt(epochs);
  }

  /**
   * Creates a job with one transaction, or two for a contract wallet; gives its number.
   * @param onSent called with each transaction's hash
   * @throws SdkError `ABOVE_MAXIMUM`, `INSUFFICIENT_BALANCE`, `TRANSACTION_FAILED`
   */
  async create(wanted: Wanted, onSent: (txHash: string) => void): Promise<bigint> {
    const { specHash, classId, gpu, nodes, epochs } = wanted;
    const maxDeposit = await this.#affordable(wanted);
    const deadline = BigInt(await this.#now()) + BigInt(DEADLINE_SECONDS);
    const request = { specHash, classId, gpu, nodes, epochs, maxDeposit, deadline };
    const logs = await this.#send(await this.#creating(request, onSent), onSent);
    const jobId = createdJob(logs, this.domain.verifyingContract);
    if (jobId !== undefined) return jobId;
    throw new SdkError("TRANSACTION_FAILED", "the transaction was mined, and made no job");
  }

  async extend(jobId: bigint, epochs: number): Promise<void> {
    const { rate, nodes } = await this.#terms(jobId);
    await this.#pay(rate * nodes * BigInt(epochs));
    await this.#send(jobCalls.extend(jobId, epochs));
  }

  /** @param leaving token ids of the deeds that go; default: those that came last */
  async scale(jobId: bigint, nodes: number, leaving?: readonly number[]): Promise<void> {
    const { rate, nodes: before, left } = await this.#terms(jobId);
    const more = nodes - Number(before);
    if (more > 0) {
      await this.#pay(rate * BigInt(more) * left);
      await this.#send(jobCalls.scaleUp(jobId, more));
    } else if (more < 0) {
      await this.#send(jobCalls.scaleDown(jobId, -more, leaving ?? (await this.#lastOf(jobId, nodes))));
    }
  }

  async changeSpec(jobId: bigint, specHash: string): Promise<void> {
    await this.#send(jobCalls.changeSpec(jobId, specHash));
  }

  async close(jobId: bigint): Promise<void> {
    await this.#send(jobCalls.close(jobId));
  }

  async #terms(jobId: bigint) {
    const escrow = IJobEscrow__factory.connect(this.domain.verifyingContract, this.#wallet.provider);
    const job = await escrow.jobOf(jobId);
    const epoch = (await wiringOf(this.domain, this.#wallet).getFunction("currentEpoch")()) as bigint;
    const passed = job.start === 0n ? 0n : epoch + 1n - job.start;
    return { rate: job.rate, nodes: job.nodes, left: job.epochs - passed };
  }

  async #lastOf(jobId: bigint, kept: number): Promise<number[]> {
    const escrow = IJobEscrow__factory.connect(this.domain.verifyingContract, this.#wallet.provider);
    return (await escrow.nodesOf(jobId)).map(Number).slice(kept);
  }

  async #affordable(wanted: Wanted): Promise<bigint> {
    const price = await this.priceOf(wanted);
    const maxDeposit = wanted.maxDeposit ?? (price * (100n + SLACK_PERCENT)) / 100n;
    if (price > maxDeposit) {
      throw new SdkError("ABOVE_MAXIMUM", `the job costs ${price} wei of R1, more than maxDeposit, ${maxDeposit}`);
    }
    await this.#checkBalance(price);
    return maxDeposit;
  }

  async #checkBalance(needed: bigint): Promise<void> {
    const balance = await IR1__factory.connect(this.#token, this.#wallet.provider).balanceOf(this.#wallet.address);
    if (balance >= needed) return;
    const message = `${this.#wallet.address} has ${balance} wei of R1, and ${needed} are needed`;
    throw new SdkError("INSUFFICIENT_BALANCE", message);
  }

  /** Call data; a contract wallet allows the payment first. */
  async #creating(request: JobRequest, onSent: (txHash: string) => void): Promise<string> {
    const { isContract, signer, address } = this.#wallet;
    if (isContract) {
      await this.#pay(request.maxDeposit, onSent);
      return jobCalls.create(request);
    }
    const token = IR1__factory.connect(this.#token, this.#wallet.provider);
    const permit = {
      owner: address,
      spender: this.domain.verifyingContract,
      value: request.maxDeposit,
      nonce: await token.nonces(address),
      deadline: request.deadline,
    };
    const data = permitData({ ...this.domain, verifyingContract: this.#token }, permit);
    const signed = Signature.from(await signer.signTypedData(data.domain, data.types, data.value));
    return jobCalls.createWithPermit(request, signed);
  }

  async #pay(amount: bigint, onSent?: (txHash: string) => void): Promise<void> {
    await this.#checkBalance(amount);
    await this.#send(approveCall(this.domain.verifyingContract, amount), onSent, this.#token);
  }

  async #send(data: string, onSent?: (txHash: string) => void, to: string = this.domain.verifyingContract) {
    const sent = await this.#wallet.signer.sendTransaction({ to, data }).catch((cause: unknown) => {
      throw new SdkError("TRANSACTION_FAILED", `the transaction is refused: ${reasonOf(cause)}`, { cause });
    });
    onSent?.(sent.hash);
    const receipt = await sent.wait().catch((cause: unknown) => {
      throw new SdkError("TRANSACTION_FAILED", `transaction ${sent.hash} failed: ${reasonOf(cause)}`, { cause });
    });
    if (receipt === null) throw new SdkError("TRANSACTION_FAILED", `transaction ${sent.hash} was not mined`);
    return receipt.logs;
  }

  /** Of the chain, whose clock may not be this machine's. */
  async #now(): Promise<number> {
    const block = await this.#wallet.provider.getBlock("latest");
    return Math.max(block?.timestamp ?? 0, Math.floor(Date.now() / 1_000));
  }
}

function wiringOf({ verifyingContract }: SigningDomain, { provider }: OpenWallet): Contract {
  return new Contract(verifyingContract, WIRING, provider);
}

/** The contract's own error, such as `JobEscrow_Over(7)`, or the library's short message. */
function reasonOf(error: unknown): string {
  if (!isError(error, "CALL_EXCEPTION")) return error instanceof Error ? error.message : String(error);
  const known = error.data === null ? null : IJobEscrow__factory.createInterface().parseError(error.data);
  return known === null ? error.shortMessage : `${known.name}(${known.args.join(", ")})`;
}
