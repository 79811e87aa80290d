import { concat, Interface, type JsonRpcProvider } from "ethers";
import type { ProtocolContracts } from "../../chain/contracts.js";
import { addressOf, type Deployment } from "../../chain/deployment.js";
import { describeRpcError, revertDataOf } from "../../chain/rpcErrors.js";
import { KeeperError } from "../../core/errors.js";
import type { AssignedJob, JobChain, JobChange } from "./types.js";

const changeEvents = ["NodesAssigned", "NodesReleased", "SpecChanged", "JobClosed", "JobExtended"] as const;
const walletInterface = new Interface([
  "function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)",
]);
const magic = walletInterface.getFunction("isValidSignature")?.selector as string;

/** Jobs as the contracts have them. */
export function contractJobs(
  deployment: Deployment,
  { jobEscrow, resourceCatalog }: Pick<ProtocolContracts, "jobEscrow" | "resourceCatalog">,
  provider: JsonRpcProvider,
): JobChain {
  const address = addressOf(deployment, "JobEscrow");
  const events = jobEscrow.interface;
  const topics = changeEvents.map((name) => events.getEvent(name).topicHash);
  return {
    jobEscrow: address,
    fromBlock: deployment.fromBlock,
    head: () => ask("reading the newest block's number", () => provider.getBlockNumber()),
    changes: (fromBlock, toBlock) =>
      ask("reading what happened to jobs", async () => {
        const logs = await provider.getLogs({ address, fromBlock, toBlock, topics: [topics] });
        return logs.flatMap(({ topics: [...own], data }) => changeOf(events.parseLog({ topics: own, data })) ?? []);
      }),
    assignment: (jobId, tokenId) => ask("reading an assignment", () => readAssignment(jobEscrow, jobId, tokenId)),
    classOf: async (classId) => {
      const given = await ask("reading a class", () => resourceCatalog.classOf(classId));
      if (given.milliCpu === 0n || given.isGpu) return undefined;
      const { milliCpu, memoryMiB, diskMiB } = given;
      return { milliCpu: Number(milliCpu), memoryMiB: Number(memoryMiB), diskMiB: Number(diskMiB) };
    },
    rightsOf: async (owner, delegate) =>
      Number(await ask("asking for a delegate's rights", () => jobEscrow.rightsOf(owner, delegate))),
    isValidSignature: async (account, digest, signature) => {
      const data = walletInterface.encodeFunctionData("isValidSignature", [digest, signature]);
      const answer = await provider.call({ to: account, data }).catch((error: unknown) => {
        if (revertDataOf(error) !== undefined) return "0x";
        throw failed("asking a wallet about a signature", error);
      });
      // A word is what the ABI has; an account without code answers with nothing.
      return answer === concat([magic, `0x${"00".repeat(28)}`]);
    },
  };
}

async function readAssignment(
  jobEscrow: ProtocolContracts["jobEscrow"],
  jobId: bigint,
  tokenId: number,
): Promise<AssignedJob> {
  const [job, service, nodes] = await Promise.all([
    jobEscrow.jobOf(jobId),
    jobEscrow.serviceOf(jobId, tokenId),
    jobEscrow.nodesOf(jobId),
  ]);
  const before = nodes.filter((other) => Number(other) < tokenId).length;
  return {
    jobId,
    owner: job.owner.toLowerCase(),
    specHash: job.specHash,
    classId: Number(job.class),
    gpu: Number(job.gpu),
    to: service.from < service.to ? service.to : 0n,
    seat: before,
  };
}

function changeOf(
  parsed: { readonly args: { readonly toObject: () => Record<string, unknown> } } | null,
): JobChange | undefined {
  if (parsed === null) return undefined;
  const { jobId, leaving, joining } = parsed.args.toObject();
  const tokenIds = [leaving, joining].flatMap((list) => (Array.isArray(list) ? list.map(Number) : []));
  return { jobId: jobId as bigint, tokenIds };
}

async function ask<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw failed(what, error);
  }
}

/** The library's own error names the URL, which may hold a key: only its text goes on. */
function failed(what: string, error: unknown): KeeperError {
  return new KeeperError("RPC_FAILED", `${what} failed: ${describeRpcError(error)}`, { retriable: true });
}
