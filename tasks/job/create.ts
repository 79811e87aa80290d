import { resolve } from "node:path";

import type { TransactionReceipt } from "ethers";

import type { ProtocolContracts } from "../../keepers/chain/contracts.js";
import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { writeFileAtomic } from "../../keepers/core/files.js";
import { excessOver } from "../../keepers/protocol/jobResources.js";
import {
  encodeJobSpec,
  hashJobSpec,
  type JobSpec,
  JobSpecError,
  parseJobSpec,
} from "../../keepers/protocol/jobSpec.js";
import { action } from "../lib/action.js";
import { formatAmount, formatR1, parsePercentage, parseR1, type R1Price } from "../lib/amounts.js";
import type { Answer } from "../lib/answer.js";
import { type CatalogEntry, findEntry, readCatalog } from "../lib/catalog.js";
import { approvePayment, signPermit } from "../lib/permit.js";
import { readPrice } from "../lib/price.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments, Session } from "../lib/session.js";
import { facts } from "../lib/table.js";
import { formatTime } from "../lib/times.js";

interface CreateArguments extends SenderArguments {
  readonly spec: string;
  readonly class: string | undefined;
  readonly gpu: string | undefined;
  readonly nodes: number;
  readonly epochs: number;
  readonly maxPrice: string | undefined;
  readonly slippage: string;
  readonly deadline: number;
  readonly out: string | undefined;
  readonly approve: boolean;
}

/** What the developer agrees to, and what it would cost now. */
interface Offer {
  readonly request: {
    readonly specHash: string;
    readonly class: number;
    readonly gpu: number;
    readonly nodes: number;
    readonly epochs: number;
    /** Wei. */
    readonly maxDeposit: bigint;
    /** Unix seconds. */
    readonly deadline: bigint;
  };
  /** Wei per epoch and node. */
  readonly rate: bigint;
  /** Wei. */
  readonly deposit: bigint;
  readonly price: R1Price | undefined;
}

const BASIS_POINTS = 10_000n;
const MOST_MINUTES = 1_440;

export default action<CreateArguments>(async (args, session) => {
  const protocol = await session.protocol();
  const spec = await readSpec(args.spec);
  const entries = await readCatalog(protocol, session.terminal);
  const [chosen, gpu] = choose(args, entries);
  requireFit(spec, chosen, gpu !== undefined);
  const offer = await offerOf(args, hashJobSpec(spec), [chosen.id, gpu?.id ?? 0], session);
  session.terminal.show(...offerLines(offer, chosen, gpu), "");
  await requireFunds(protocol.contracts, (await session.signer()).address, offer);
  if (args.out !== undefined) await writeFileAtomic(new SystemDisk(), resolve(args.out), encodeJobSpec(spec));
  const transaction = args.approve ? await withApproval(session, offer) : await withPermit(session, offer);
  const outcome = await send(session, { label: "creating the job", transaction });
  return answerOf(outcome, (receipt) => created(protocol.contracts, offer, receipt));
});

async function readSpec(path: string): Promise<JobSpec> {
  const bytes = await new SystemDisk().readFile(resolve(path));
  if (bytes === undefined) throw new KeeperError("SPEC_NOT_FOUND", `there is no file ${resolve(path)}`);
  try {
    return parseJobSpec(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    const why = error instanceof JobSpecError ? error.problems.join("; ") : "it is not JSON";
    throw new KeeperError("SPEC_INVALID", `${resolve(path)} is no job specification: ${why}`);
  }
}

function choose(args: CreateArguments, entries: readonly CatalogEntry[]): [CatalogEntry, CatalogEntry | undefined] {
  if (args.class === undefined) {
    throw new KeeperError("CLASS_UNKNOWN", "a job needs --class, such as LOW1: see catalog:show");
  }
  const gpu = args.gpu === undefined ? undefined : findEntry(entries, args.gpu, true, "--gpu");
  return [findEntry(entries, args.class, false, "--class"), gpu];
}

function requireFit(spec: JobSpec, chosen: CatalogEntry, hasGpu: boolean): void {
  const problems = excessOver(spec, chosen, hasGpu);
  if (problems.length === 0) return;
  throw new KeeperError("CLASS_EXCEEDED", `the job does not fit class ${chosen.name}: ${problems.join("; ")}`);
}

async function offerOf(
  args: CreateArguments,
  specHash: string,
  [id, gpu]: readonly [number, number],
  session: Session,
): Promise<Offer> {
  const protocol = await session.protocol();
  const { resourceCatalog, jobEscrow } = protocol.contracts;
  const points = parsePercentage(args.slippage, "--slippage");
  if (args.deadline < 1 || args.deadline > MOST_MINUTES) {
    throw new KeeperError("DEADLINE_INVALID", `--deadline: got ${args.deadline}, want 1 to ${MOST_MINUTES} minutes`);
  }
  const { nodes } = args;
  const epochs = args.epochs === 0 ? Number(await jobEscrow.TERM()) : args.epochs;
  if (nodes < 1 || epochs < 1) throw new KeeperError("JOB_INVALID", "--nodes and --epochs: want 1 or more");
  const rate = await resourceCatalog.rateOf(id, gpu);
  const deposit = rate * BigInt(nodes) * BigInt(epochs);
  const raised = (deposit * (BASIS_POINTS + points) + BASIS_POINTS - 1n) / BASIS_POINTS;
  const maxDeposit = args.maxPrice === undefined ? raised : parseR1(args.maxPrice, "--max-price");
  const deadline = (await session.time()) + BigInt(args.deadline) * 60n;
  const request = { specHash, class: id, gpu, nodes, epochs, maxDeposit, deadline };
  return { request, rate, deposit, price: await readPrice(protocol, resourceCatalog) };
}

function offerLines({ request, rate, deposit, price }: Offer, chosen: CatalogEntry, gpu?: CatalogEntry): string[] {
  return facts([
    ["specification", request.specHash],
    ["class", gpu === undefined ? chosen.name : `${chosen.name} + ${gpu.name}`],
    ["nodes", request.nodes.toString()],
    ["epochs", request.epochs.toString()],
    ["rate", `${formatAmount(rate, price)} per epoch and node`],
    ["deposit", formatAmount(deposit, price)],
    ["maximum", formatAmount(request.maxDeposit, price)],
    ["until", formatTime(request.deadline)],
  ]);
}

/** A developer without enough R1 is told the deposit and the balance, not what the token's transfer says. */
async function requireFunds({ r1 }: ProtocolContracts, developer: string, { deposit, price }: Offer): Promise<void> {
  const balance = await r1.balanceOf(developer);
  if (balance >= deposit) return;
  const lacking = `${developer} has ${formatAmount(balance, price)}: it lacks ${formatR1(deposit - balance)}`;
  throw new KeeperError("FUNDS_MISSING", `the deposit is ${formatAmount(deposit, price)}, and ${lacking}`);
}

async function withPermit(session: Session, { request }: Offer) {
  const { contracts } = await session.protocol();
  const spender = await contracts.jobEscrow.getAddress();
  const leave = { spender, value: request.maxDeposit, deadline: request.deadline };
  const { v, r, s } = await signPermit(contracts, await session.signer(), leave);
  return contracts.jobEscrow.createWithPermit.populateTransaction(request, v, r, s);
}

async function withApproval(session: Session, { request }: Offer) {
  const { jobEscrow } = (await session.protocol()).contracts;
  await approvePayment(session, await jobEscrow.getAddress(), request.maxDeposit);
  return jobEscrow.create.populateTransaction(request);
}

function created({ jobEscrow }: ProtocolContracts, { price, request }: Offer, receipt: TransactionReceipt): Answer {
  const event = receipt.logs
    .map((log) => jobEscrow.interface.parseLog(log))
    .find((parsed) => parsed?.name === "JobCreated");
  if (!event) throw new Error("the receipt has no JobCreated event");
  const [jobId, rate, deposit] = ["jobId", "rate", "deposit"].map((name) => event.args[name] as bigint);
  return {
    json: { jobId: Number(jobId), specHash: request.specHash, rate, deposit },
    lines: [
      `Created job ${String(jobId)}: paid ${formatAmount(deposit as bigint, price)}. It begins with the epoch after its first assignment.`,
      "Give the specification to Deeploy: nodes fetch it by its hash.",
    ],
  };
}
