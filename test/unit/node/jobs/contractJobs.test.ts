import { expect } from "chai";
import type { JsonRpcProvider, TransactionRequest } from "ethers";
import { contractJobs } from "../../../../keepers/node/jobs/contractJobs.js";
import type { JobChain } from "../../../../keepers/node/jobs/types.js";
import { JobEscrow__factory, ResourceCatalog__factory } from "../../../../typechain-types/index.js";

const at = (digit: string): string => `0x${digit.repeat(40)}`;
const deployment = { chainId: 31_337, contracts: { JobEscrow: at("e"), ResourceCatalog: at("c") }, fromBlock: 10 };
const escrow = JobEscrow__factory.createInterface();
const catalog = ResourceCatalog__factory.createInterface();
const specHash = `0x${"5a".repeat(32)}`;

describe("jobs as the contracts have them", () => {
  const answers = new Map<string, string>();
  const filters: unknown[] = [];
  let logs: { topics: string[]; data: string }[] = [];
  let jobs: JobChain;

  before(() => {
    const call = async ({ data }: TransactionRequest): Promise<string> => {
      const answer = answers.get((data ?? "").slice(0, 10));
      if (answer === undefined) throw new Error("no answer from http://user:key@rpc.example");
      return answer;
    };
    const getLogs = async (filter: unknown) => (filters.push(filter), logs);
    const provider = { call, getLogs, getBlockNumber: async () => 42 } as unknown as JsonRpcProvider;
    const contracts = {
      jobEscrow: JobEscrow__factory.connect(at("e"), provider),
      resourceCatalog: ResourceCatalog__factory.connect(at("c"), provider),
    };
    jobs = contractJobs(deployment, contracts, provider);
  });

  beforeEach(() => {
    answers.clear();
  });

  function give(name: "jobOf" | "serviceOf" | "nodesOf" | "rightsOf", value: unknown): void {
    answers.set(escrow.getFunction(name).selector, escrow.encodeFunctionResult(name, [value] as never));
  }

  function giveJob(service: readonly unknown[]): void {
    give("jobOf", [at("a"), specHash, 1, 0, 3, 3, 30, 7, 1, 10n, 100n]);
    give("serviceOf", service);
    give("nodesOf", [9, 2, 5]);
  }

  it("gives an assignment with the place of the deed among the job's, and none when it is not assigned", async () => {
    giveJob([7n, 37n, 0, true]);
    const assigned = { jobId: 3n, owner: at("a"), specHash, classId: 1, gpu: 0, seat: 1 };
    expect(await jobs.assignment(3n, 5)).to.deep.equal({ ...assigned, to: 37n });
    giveJob([7n, 7n, 0, false]);
    expect((await jobs.assignment(3n, 5)).to).to.equal(0n);
    giveJob([7n, 9n, 0, false]);
    expect((await jobs.assignment(3n, 5)).to).to.equal(9n);
  });

  it("gives what happened to jobs, with the deeds that it is about", async () => {
    logs = [
      escrow.encodeEventLog("NodesAssigned", [3n, 0, [4], [5, 6], 8n]),
      escrow.encodeEventLog("SpecChanged", [4n, specHash]),
    ];
    expect(await jobs.changes(10, 20)).to.deep.equal([
      { jobId: 3n, tokenIds: [4, 5, 6] },
      { jobId: 4n, tokenIds: [] },
    ]);
    expect(filters.at(-1)).to.deep.include({ address: at("e"), fromBlock: 10, toBlock: 20 });
    expect(await jobs.head()).to.equal(42);
  });

  it("gives what a class has, and nothing for add-ons and unknown ones", async () => {
    const { selector } = catalog.getFunction("classOf");
    const answer = (milliCpu: number, isGpu: boolean): void =>
      void answers.set(
        selector,
        catalog.encodeFunctionResult("classOf", [[5n, milliCpu, 512, 2_048, isGpu, true]] as never),
      );
    answer(250, false);
    expect(await jobs.classOf(1)).to.deep.equal({ milliCpu: 250, memoryMiB: 512, diskMiB: 2_048 });
    answer(250, true);
    expect(await jobs.classOf(1)).to.equal(undefined);
    answer(0, false);
    expect(await jobs.classOf(1)).to.equal(undefined);
  });

  it("asks contracts about rights, and wallets about signatures", async () => {
    give("rightsOf", 48);
    expect(await jobs.rightsOf(at("a"), at("b"))).to.equal(48);
    answers.set("0x1626ba7e", `0x1626ba7e${"00".repeat(28)}`);
    expect(await jobs.isValidSignature(at("a"), specHash, "0x12")).to.equal(true);
    for (const other of ["0x", `0x${"00".repeat(32)}`, "0x1626ba7e"]) {
      answers.set("0x1626ba7e", other);
      expect(await jobs.isValidSignature(at("a"), specHash, "0x12")).to.equal(false);
    }
  });

  it("tells a chain that is away as something to try again, without the endpoint's key", async () => {
    const error = (await jobs.classOf(1).catch((reason: unknown) => reason)) as Error;
    expect(error).to.include({ code: "RPC_FAILED", retriable: true });
    expect(error.message).to.not.contain("user:key");
  });
});
