import { expect } from "chai";
import { type Result, TypedDataEncoder } from "ethers";

import { approveCall, createdJob, jobCalls, permitData } from "../../../keepers/protocol/jobCalls.js";
import { IJobEscrow__factory, IR1__factory } from "../../../typechain-types/index.js";

const [ESCROW, TOKEN, OWNER] = ["11", "22", "33"].map((byte) => `0x${byte.repeat(20)}`) as [string, string, string];
const SPEC = `0x${"ab".repeat(32)}`;
const PART = `0x${"cd".repeat(32)}`;

const escrow = IJobEscrow__factory.createInterface();
const token = IR1__factory.createInterface();

const REQUEST = {
  ...{ specHash: SPEC, classId: 3, gpu: 2, nodes: 4, epochs: 60 },
  ...{ maxDeposit: 5n * 10n ** 18n, deadline: 1_700_000_000n },
};

/** Function and arguments of call data, lists as lists. */
function read(data: string): unknown[] {
  const parsed = escrow.parseTransaction({ data });
  return [parsed?.name, ...((parsed?.args.toArray(true) ?? []) as unknown[])];
}

describe("calls of the job escrow", () => {
  it("carry every term of a job", () => {
    const terms = [SPEC, 3n, 2n, 4n, 60n, REQUEST.maxDeposit, REQUEST.deadline];
    expect(read(jobCalls.create(REQUEST))).to.deep.equal(["create", terms]);
    const signed = jobCalls.createWithPermit(REQUEST, { v: 27, r: SPEC, s: PART });
    expect(read(signed)).to.deep.equal(["createWithPermit", terms, 27n, SPEC, PART]);
    const [named] = escrow.decodeFunctionData("create", jobCalls.create(REQUEST)) as unknown as [Result];
    expect(named.toObject()).to.include({ class: 3n, gpu: 2n, nodes: 4n, epochs: 60n, maxDeposit: REQUEST.maxDeposit });
  });

  it("change a job as they are named", () => {
    expect(read(jobCalls.extend(7n, 30))).to.deep.equal(["extend", 7n, 30n]);
    expect(read(jobCalls.scaleUp(7n, 2))).to.deep.equal(["scaleUp", 7n, 2n]);
    expect(read(jobCalls.scaleDown(7n, 2, [5, 6]))).to.deep.equal(["scaleDown", 7n, 2n, [5n, 6n]]);
    expect(read(jobCalls.changeSpec(7n, SPEC))).to.deep.equal(["changeSpec", 7n, SPEC]);
    expect(read(jobCalls.close(7n))).to.deep.equal(["close", 7n]);
    expect(read(jobCalls.acceptDelegation(OWNER, 3))).to.deep.equal(["acceptDelegation", OWNER, 3n]);
  });

  it("let the escrow take R1, and no more than is said", () => {
    const parsed = token.parseTransaction({ data: approveCall(ESCROW, 9n) });
    expect([parsed?.name, ...(parsed?.args ?? [])]).to.deep.equal(["approve", ESCROW, 9n]);
  });

  it("go with a permit as ERC-2612 has it", () => {
    const permit = { owner: OWNER, spender: ESCROW, value: 9n, nonce: 1n, deadline: 2n };
    const data = permitData({ chainId: 8_453n, verifyingContract: TOKEN }, permit);
    expect(TypedDataEncoder.from(data.types).encodeType("Permit")).to.equal(
      "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
    );
    expect(data).to.deep.include({
      domain: { name: "R1", version: "1", chainId: 8_453n, verifyingContract: TOKEN },
      value: permit,
    });
  });

  it("are followed by the number of the job that was made, by the escrow and nobody else", () => {
    const made = (address: string, jobId: bigint) => ({
      address,
      ...escrow.encodeEventLog("JobCreated", [jobId, OWNER, SPEC, 3, 2, 4, 60, 1n, 240n]),
    });
    const closed = { address: ESCROW, ...escrow.encodeEventLog("JobClosed", [5n, 1n]) };
    expect(createdJob([made(TOKEN, 6n), closed, made(ESCROW.toUpperCase().replace("0X", "0x"), 8n)], ESCROW)).to.equal(
      8n,
    );
    expect(createdJob([made(TOKEN, 6n), closed], ESCROW)).to.equal(undefined);
  });
});
