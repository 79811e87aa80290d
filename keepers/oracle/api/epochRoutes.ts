import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { answers, decimal, list, object } from "../../core/http/schemas.js";
import type { Commit } from "../../chain/protocolState.js";
import { readDeed } from "./deeds.js";
import { activationFields, readSelector } from "./epochParams.js";
import type { EpochReader } from "./epochReader.js";
import { multiproofOf, proofOf } from "./proofs.js";
import { readCount } from "./query.js";
import {
  commitAnswer,
  countText,
  deedText,
  epochAndDeedParams,
  epochParams,
  multiproofAnswer,
  proofAnswer,
} from "./schemas.js";

const maximumEpochs = 200;
const maximumDeeds = 500;
const defaultEpochs = 20;
const tags = ["epochs"];

interface EpochParams {
  readonly epoch: string;
}

/** Committed epochs: reports, leaf files, proofs. */
export function epochRoutes(app: FastifyInstance, { epochs }: { readonly epochs: EpochReader }): void {
  app.get<{ Querystring: { limit?: string; before?: string } }>(
    "/epochs",
    {
      schema: {
        tags,
        summary: "Committed epochs, newest first",
        querystring: object({ limit: countText(maximumEpochs), before: decimal }, ["limit", "before"]),
        response: answers(object({ epochs: list(commitAnswer) })),
      },
    },
    ({ query }) => {
      const limit = readCount("limit", query.limit, { fallback: defaultEpochs, largest: maximumEpochs });
      const before = query.before === undefined ? undefined : BigInt(query.before);
      return { epochs: epochs.recent(limit, before).map((commit) => describe(commit, epochs)) };
    },
  );
  app.get<{ Params: EpochParams }>(
    "/epochs/:epoch",
    { schema: { tags, summary: "One committed epoch", params: epochParams, response: answers(commitAnswer) } },
    ({ params }) => describe(epochs.commit(readSelector(params)), epochs),
  );
  leafFileRoute(app, epochs);
  proofRoutes(app, epochs);
}

function leafFileRoute(app: FastifyInstance, epochs: EpochReader): void {
  app.get<{ Params: EpochParams }>(
    "/epochs/:epoch/leaves",
    {
      schema: {
        tags,
        summary: "The epoch's leaf file; its keccak256 is the report's dataHash, and the ETag",
        params: epochParams,
        produces: ["application/octet-stream"],
      },
    },
    async (request, reply) => {
      const { commit, bytes } = await epochs.leaves(readSelector(request.params));
      const etag = `"${commit.dataHash}"`;
      void reply.headers({ etag, "x-epoch": commit.epoch.toString(), "cache-control": cacheControl(request) });
      if (request.headers["if-none-match"] === etag) return reply.status(304).send();
      return sendBytes(reply, bytes);
    },
  );
}

function proofRoutes(app: FastifyInstance, epochs: EpochReader): void {
  app.get<{ Params: EpochParams & { deed: string } }>(
    "/epochs/:epoch/proofs/:deed",
    {
      schema: {
        tags,
        summary: "Proof of a deed's cumulative availability, as AvailabilityRewards.claim takes it",
        params: epochAndDeedParams,
        response: answers(proofAnswer),
      },
    },
    ({ params }) => {
      const deed = readDeed(params.deed);
      return epochs.prove(readSelector(params), async (commit, tree) => ({
        ...(await proofOf(commit, tree, deed)),
        ...activationFields(commit, epochs),
      }));
    },
  );
  app.post<{ Params: EpochParams; Body: { deeds: string[] } }>(
    "/epochs/:epoch/multiproof",
    {
      schema: {
        tags,
        summary: "One proof for several deeds, as AvailabilityRewards.claimMany takes it",
        params: epochParams,
        body: object({ deeds: list(deedText, { minItems: 1, maxItems: maximumDeeds }) }),
        response: answers(multiproofAnswer),
      },
    },
    ({ params, body }) => {
      const deeds = body.deeds.map(readDeed);
      return epochs.prove(readSelector(params), async (commit, tree) => ({
        ...(await multiproofOf(commit, tree, deeds)),
        ...activationFields(commit, epochs),
      }));
    },
  );
}

function describe(commit: Commit, epochs: EpochReader): Record<string, unknown> {
  const { epoch, previousRoot, root, dataHash, leafCount, signers, transactionHash: txHash } = commit;
  const report = { epoch: Number(epoch), previousRoot, root, dataHash, leafCount: Number(leafCount) };
  return { ...report, txHash, signers, ...activationFields(commit, epochs) };
}

/** A numbered epoch's file changes only with a reorganisation of the chain or a disproof, which the ETag tells. */
function cacheControl(request: FastifyRequest<{ Params: EpochParams }>): string {
  return typeof readSelector(request.params) === "bigint" ? "public, max-age=60" : "no-cache";
}

function sendBytes(reply: FastifyReply, bytes: Uint8Array): FastifyReply {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return reply.type("application/octet-stream").send(view);
}
