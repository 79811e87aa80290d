import type { FastifyInstance } from "fastify";
import { answers, hashText, list, object } from "../../core/http/schemas.js";
import { hexToBytes } from "../../protocol/bytes.js";
import type { Changes } from "../jobs/changes.js";
import type { Guard } from "./guard.js";
import { type JobPath, SPEC_BODY_LIMIT } from "./jobRoutes.js";
import {
  changeProperties,
  epochCount,
  jobParams,
  nodeCount,
  sealedText,
  specification,
  walletSigned,
} from "./schemas.js";

export interface ChangeRouteDependencies {
  readonly guard: Guard;
  readonly changes: Changes;
}

const tags = ["changes"];
const changeAnswer = answers(object(changeProperties, ["txHash"]));

/** Changes of a job on chain, for its owner and delegates. */
export function changeRoutes(app: FastifyInstance, dependencies: ChangeRouteDependencies): void {
  specRoute(app, dependencies);
  scaleRoute(app, dependencies);
  extendRoute(app, dependencies);
  closeRoute(app, dependencies);
  delegationRoute(app, dependencies);
}

function specRoute(app: FastifyInstance, { guard, changes }: ChangeRouteDependencies): void {
  app.put<{ Params: JobPath; Body: { spec: unknown; secrets?: string } }>(
    "/jobs/:jobId/spec",
    {
      bodyLimit: SPEC_BODY_LIMIT,
      preValidation: guard.signed,
      schema: {
        tags,
        summary: "Another specification; its nodes change over one after the other (right 8)",
        security: walletSigned,
        params: jobParams,
        body: object({ spec: specification, secrets: sealedText }, ["secrets"]),
        response: answers(object({ specHash: hashText, ...changeProperties }, ["txHash"])),
      },
    },
    (request) => {
      const { spec, secrets } = request.body;
      const sealedSecrets = secrets === undefined ? undefined : hexToBytes(secrets);
      const { account } = guard.callerOf(request);
      return changes.update(BigInt(request.params.jobId), account, { spec, sealedSecrets });
    },
  );
}

function scaleRoute(app: FastifyInstance, { guard, changes }: ChangeRouteDependencies): void {
  const leaving = {
    ...list({ type: "integer", minimum: 1, maximum: 65_535 }, { maxItems: 64 }),
    description: "token ids of the Node Deeds that go when nodes are given up; default: those that came last",
  };
  app.post<{ Params: JobPath; Body: { nodes: number; leaving?: number[] } }>(
    "/jobs/:jobId/scale",
    {
      preValidation: guard.signed,
      schema: {
        tags,
        summary: "More nodes, or fewer (right 2)",
        security: walletSigned,
        params: jobParams,
        body: object({ nodes: nodeCount, leaving }, ["leaving"]),
        response: changeAnswer,
      },
    },
    (request) => {
      const { nodes, leaving: gone = [] } = request.body;
      return changes.scale(BigInt(request.params.jobId), guard.callerOf(request).account, nodes, gone);
    },
  );
}

function extendRoute(app: FastifyInstance, { guard, changes }: ChangeRouteDependencies): void {
  app.post<{ Params: JobPath; Body: { epochs: number } }>(
    "/jobs/:jobId/extend",
    {
      preValidation: guard.signed,
      schema: {
        tags,
        summary: "A longer life (right 1)",
        security: walletSigned,
        params: jobParams,
        body: object({ epochs: epochCount }),
        response: changeAnswer,
      },
    },
    (request) => changes.extend(BigInt(request.params.jobId), guard.callerOf(request).account, request.body.epochs),
  );
}

function closeRoute(app: FastifyInstance, { guard, changes }: ChangeRouteDependencies): void {
  app.delete<{ Params: JobPath }>(
    "/jobs/:jobId",
    {
      preValidation: guard.signed,
      schema: {
        tags,
        summary: "Ends a job with the next epoch; the rest of its deposit goes to its owner (right 4)",
        security: walletSigned,
        params: jobParams,
        response: changeAnswer,
      },
    },
    (request) => changes.close(BigInt(request.params.jobId), guard.callerOf(request).account),
  );
}

function delegationRoute(app: FastifyInstance, { guard, changes }: ChangeRouteDependencies): void {
  const rights = { type: "integer", minimum: 1, maximum: 255, description: "as in JobEscrow.offerDelegation" };
  app.post<{ Body: { rights: number } }>(
    "/delegation",
    {
      preValidation: guard.signed,
      schema: {
        tags,
        summary:
          "The service takes the rights that the caller has offered to its account, and sends changes itself then",
        security: walletSigned,
        body: object({ rights }),
        response: answers(object({ txHash: hashText })),
      },
    },
    (request) => changes.acceptDelegation(guard.callerOf(request).account, request.body.rights),
  );
}
