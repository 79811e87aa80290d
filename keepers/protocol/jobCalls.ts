import { IJobEscrow__factory } from "../../typechain-types/factories/contracts/interfaces/IJobEscrow__factory.js";
import { IR1__factory } from "../../typechain-types/factories/contracts/interfaces/IR1__factory.js";
import type { Address, Hash } from "./bytes.js";
import type { SigningDomain, TypedData } from "./typedData.js";

/** What a new job asks for; see `IJobEscrow.JobRequest`. */
export interface JobRequest {
  readonly specHash: Hash;
  readonly classId: number;
  /** Zero: none. */
  readonly gpu: number;
  readonly nodes: number;
  readonly epochs: number;
  /** Wei: the most that the creator pays. */
  readonly maxDeposit: bigint;
  /** Unix seconds. */
  readonly deadline: bigint;
}

/** Leave to take R1, signed by its owner (ERC-2612). */
export interface Permit {
  readonly owner: Address;
  readonly spender: Address;
  readonly value: bigint;
  /** `R1.nonces(owner)`. */
  readonly nonce: bigint;
  /** Unix seconds. */
  readonly deadline: bigint;
}

const escrow = IJobEscrow__factory.createInterface();
const token = IR1__factory.createInterface();

/** Call data for the JobEscrow, each for the function of its name. */
export const jobCalls = {
  create: (request: JobRequest): string => escrow.encodeFunctionData("create", [requestStruct(request)]),
  createWithPermit: (request: JobRequest, { v, r, s }: { v: number; r: string; s: string }): string =>
    escrow.encodeFunctionData("createWithPermit", [requestStruct(request), v, r, s]),
  extend: (jobId: bigint, epochs: number): string => escrow.encodeFunctionData("extend", [jobId, epochs]),
  scaleUp: (jobId: bigint, more: number): string => escrow.encodeFunctionData("scaleUp", [jobId, more]),
  scaleDown: (jobId: bigint, fewer: number, leaving: readonly number[]): string =>
    escrow.encodeFunctionData("scaleDown", [jobId, fewer, [...leaving]]),
  changeSpec: (jobId: bigint, specHash: Hash): string => escrow.encodeFunctionData("changeSpec", [jobId, specHash]),
  close: (jobId: bigint): string => escrow.encodeFunctionData("close", [jobId]),
  acceptDelegation: (owner: Address, rights: number): string =>
    escrow.encodeFunctionData("acceptDelegation", [owner, rights]),
};

/** Call data for R1: lets `spender` take `amount` wei. */
export function approveCall(spender: Address, amount: bigint): string {
  return token.encodeFunctionData("approve", [spender, amount]);
}

/** What the owner of R1 signs for `createWithPermit`; the domain's contract is R1. */
export function permitData({ chainId, verifyingContract }: SigningDomain, permit: Permit): TypedData {
  const { owner, spender, value, nonce, deadline } = permit;
  return {
    domain: { name: "R1", version: "1", chainId, verifyingContract },
    types: PERMIT,
    value: { owner, spender, value, nonce, deadline },
  };
}

/** Number of the job that a mined `create` made; undefined when none of the logs says so. */
export function createdJob(
  logs: readonly { readonly address: string; readonly topics: readonly string[]; readonly data: string }[],
  escrowAddress: Address,
): bigint | undefined {
  for (const { address, topics, data } of logs) {
    if (address.toLowerCase() !== escrowAddress.toLowerCase()) continue;
    const parsed = escrow.parseLog({ topics: [...topics], data });
    if (parsed?.name === "JobCreated") return parsed.args[0] as bigint;
  }
  return undefined;
}

const PERMIT = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

function requestStruct({ classId, ...rest }: JobRequest) {
  return { class: classId, ...rest };
}
