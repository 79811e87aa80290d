import type { FastifyInstance } from "fastify";

import { answers, list, object } from "../../core/http/schemas.js";
import { readDeed } from "./deeds.js";
import { activationFields, readSelector } from "./epochParams.js";
import type { EpochReader } from "./epochReader.js";
import {
  deedText,
  serviceAndDeedParams,
  serviceMultiproofAnswer,
  serviceParams,
  serviceProofAnswer,
} from "./schemas.js";
import { serviceMultiproofOf, serviceProofOf } from "./serviceProofs.js";

/** A job's largest number of places, and as many that left. */
const maximumDeeds = 128;
const tags = ["services"];

interface JobParams {
  readonly epoch: string;
  readonly jobId: string;
}

/** What deeds served for jobs: proofs for the escrow. */
export function serviceRoutes(app: FastifyInstance, { epochs }: { readonly epochs: EpochReader }): void {
  app.get<{ Params: JobParams & { deed: string } }>(
    "/epochs/:epoch/services/:jobId/:deed/proof",
    {
      schema: {
        tags,
        summary: "Proof of a deed's cumulative service of a job, as JobEscrow.settle takes it",
        params: serviceAndDeedParams,
        response: answers(serviceProofAnswer),
      },
    },
    ({ params }) => {
      const deed = readDeed(params.deed);
      return epochs.prove(readSelector(params), async (commit, tree) => ({
        ...(await serviceProofOf(commit, tree, BigInt(params.jobId), deed)),
        ...activationFields(commit, epochs),
      }));
    },
  );
  app.post<{ Params: JobParams; Body: { deeds: string[] } }>(
    "/epochs/:epoch/services/:jobId/multiproof",
    {
      schema: {
        tags,
        summary: "One proof for several deeds of a job, as JobEscrow.settleMany takes it",
        params: serviceParams,
        body: object({ deeds: list(deedText, { minItems: 1, maxItems: maximumDeeds }) }),
        response: answers(serviceMultiproofAnswer),
      },
    },
    ({ params, body }) => {
      const deeds = body.deeds.map(readDeed);
      return epochs.prove(readSelector(params), async (commit, tree) => ({
        ...(await serviceMultiproofOf(commit, tree, BigInt(params.jobId), deeds)),
        ...activationFields(commit, epochs),
      }));
    },
  );
}
