import type { FastifyInstance } from "fastify";
import { addressText, answers, hashText, list, object } from "../../core/http/schemas.js";
import { hexToBytes } from "../../protocol/bytes.js";
import type { Access } from "../jobs/access.js";
import { type DescribeDependencies, describeJob } from "../jobs/describe.js";
import type { SpecDesk } from "../jobs/specDesk.js";
import type { Quote, Terms } from "../jobs/terms.js";
import type { JobsView } from "../views.js";
import type { Guard } from "./guard.js";
import {
  changeProperties,
  classId,
  epochCount,
  gpuId,
  jobAnswer,
  jobParams,
  nodeCount,
  quoteProperties,
  quoteQuery,
  sealedText,
  specification,
  walletSigned,
} from "./schemas.js";

export interface JobRouteDependencies extends DescribeDependencies {
  readonly guard: Guard;
  readonly access: Access;
  readonly specs: SpecDesk;
  readonly terms: Terms;
  readonly jobs: JobsView;
}

/** Path parameters of the routes under /jobs/{jobId}. */
export interface JobPath {
  readonly jobId: string;
}

interface NewJob {
  readonly spec: unknown;
  readonly secrets?: string;
  readonly classId: number;
  readonly gpu?: number;
  readonly nodes: number;
  readonly epochs: number;
}

interface QuoteQuery {
  readonly class: string;
  readonly gpu?: string;
  readonly nodes: string;
  readonly epochs: string;
}

/** Bytes: a specification, its secrets in hexadecimal, and what is around them. */
export const SPEC_BODY_LIMIT = 256 * 1024;
const MAX_LISTED = 100;
const tags = ["jobs"];

/** Making jobs, and looking at them. */
export function jobRoutes(app: FastifyInstance, dependencies: JobRouteDependencies): void {
  createRoute(app, dependencies);
  listRoute(app, dependencies);
  showRoute(app, dependencies);
  quoteRoute(app, dependencies);
}

function createRoute(app: FastifyInstance, { guard, specs, terms }: JobRouteDependencies): void {
  const body = object(
    { spec: specification, secrets: sealedText, classId, gpu: gpuId, nodes: nodeCount, epochs: epochCount },
    ["secrets", "gpu"],
  );
  app.post<{ Body: NewJob }>(
    "/jobs",
    {
      bodyLimit: SPEC_BODY_LIMIT,
      preValidation: guard.signed,
      schema: {
        tags,
        summary: "Keeps a specification and its secrets; gives the price and the transactions that make the job",
        security: walletSigned,
        body,
        response: answers(
          object({ specHash: hashText, quote: object(quoteProperties), ...changeProperties }, ["txHash"]),
        ),
      },
    },
    async ({ body: { spec, secrets, ...wanted } }) => {
      const gpu = wanted.gpu ?? 0;
      const sealedSecrets = secrets === undefined ? undefined : hexToBytes(secrets);
      const specHash = await specs.take({ spec, sealedSecrets, classId: wanted.classId, gpu });
      const quote = await terms.quote({ ...wanted, gpu });
      return { specHash, quote: describeQuote(quote), transactions: terms.creating(specHash, quote) };
    },
  );
}

function listRoute(app: FastifyInstance, dependencies: JobRouteDependencies): void {
  app.get<{ Querystring: { owner: string; after?: string } }>(
    "/jobs",
    {
      schema: {
        tags,
        summary: `Jobs of an owner, ascending by number, at most ${MAX_LISTED} of them; ask for more with the last one's number`,
        querystring: object(
          { owner: addressText, after: { type: "string", pattern: "^[0-9]{1,15}$", description: "a job's number" } },
          ["after"],
        ),
        response: answers(object({ jobs: list(jobAnswer) })),
      },
    },
    ({ query: { owner, after = "0" } }) => {
      const jobs = dependencies.jobs.jobsOf(owner.toLowerCase()).filter(({ jobId }) => jobId > BigInt(after));
      return { jobs: jobs.slice(0, MAX_LISTED).map((job) => describeJob(job, dependencies)) };
    },
  );
}

function showRoute(app: FastifyInstance, dependencies: JobRouteDependencies): void {
  app.get<{ Params: JobPath }>(
    "/jobs/:jobId",
    {
      schema: {
        tags,
        summary: "A job as the chain has it, and how its nodes say that it stands on them",
        params: jobParams,
        response: answers(jobAnswer),
      },
    },
    ({ params }) => describeJob(dependencies.access.job(BigInt(params.jobId)), dependencies),
  );
}

function quoteRoute(app: FastifyInstance, { terms }: JobRouteDependencies): void {
  app.get<{ Querystring: QuoteQuery }>(
    "/quote",
    {
      schema: {
        tags: ["prices"],
        summary: "What a job costs at the moment",
        querystring: quoteQuery,
        response: answers(object(quoteProperties)),
      },
    },
    async ({ query }) => {
      const [nodes, epochs] = [Number(query.nodes), Number(query.epochs)];
      return describeQuote(
        await terms.quote({ classId: Number(query.class), gpu: Number(query.gpu ?? 0), nodes, epochs }),
      );
    },
  );
}

function describeQuote({ rate, deposit, maxDeposit, ...wanted }: Quote): Record<string, unknown> {
  return { ...wanted, rate: rate.toString(), deposit: deposit.toString(), maxDeposit: maxDeposit.toString() };
}
