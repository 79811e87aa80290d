import type { FastifyInstance } from "fastify";
import {
  addressText,
  answers,
  decimal,
  hashText,
  list,
  object,
  signatureText,
  text,
  whole,
} from "../../core/http/schemas.js";
import type { Address, Hash } from "../../protocol/bytes.js";
import type { NodeSecretsRequest, SecretsDesk } from "../jobs/secretsDesk.js";
import type { SpecDesk } from "../jobs/specDesk.js";
import type { Inventory, JobsView } from "../views.js";
import type { JobPath } from "./jobRoutes.js";
import { jobParams } from "./schemas.js";

/** What this service is, and on which chain. */
export interface ServiceIdentity {
  readonly chainId: bigint;
  readonly escrow: Address;
  readonly catalog: Address;
  readonly token: Address;
  /** Of the service itself: the one to make a delegate. */
  readonly account: Address;
  /** Secrets are sealed to it: 33 bytes in hexadecimal, and `account`'s signature of `encryptionKeyData`. */
  readonly publicKey: string;
  readonly keySignature: string;
}

export interface InfoRouteDependencies {
  readonly identity: ServiceIdentity;
  readonly jobs: Pick<JobsView, "classes" | "epoch">;
  readonly inventory: Inventory;
  readonly specs: SpecDesk;
  readonly secrets: SecretsDesk;
  /** One sentence for each thing that is wrong. */
  readonly problems: () => readonly string[];
}

const resources = { milliCpu: whole, memoryMiB: whole, diskMiB: whole };

/** What everybody may know. */
export function infoRoutes(app: FastifyInstance, dependencies: InfoRouteDependencies): void {
  networkRoutes(app, dependencies);
  classRoute(app, dependencies);
  nodeRoute(app, dependencies);
  specRoute(app, dependencies);
  secretsRoute(app, dependencies);
  healthRoute(app, dependencies);
}

function networkRoutes(app: FastifyInstance, { identity, jobs }: InfoRouteDependencies): void {
  const tags = ["service"];
  const { chainId, escrow, catalog, token, account, publicKey, keySignature } = identity;
  const network = { chainId: whole, escrow: addressText, catalog: addressText, token: addressText, epoch: whole };
  app.get(
    "/network",
    {
      schema: {
        tags,
        summary: "The chain and the contracts that jobs are made on",
        response: answers(object(network)),
      },
    },
    () => ({ chainId: Number(chainId), escrow, catalog, token, epoch: Number(jobs.epoch) }),
  );
  app.get(
    "/key",
    {
      schema: {
        tags,
        summary: "The public key to seal secrets to, signed by the service's account (EIP-712 EncryptionKey)",
        response: answers(object({ publicKey: text, account: addressText, signature: text })),
      },
    },
    () => ({ publicKey, account, signature: keySignature }),
  );
}

function classRoute(app: FastifyInstance, { jobs }: InfoRouteDependencies): void {
  const entry = object({
    classId: whole,
    name: text,
    price: { ...decimal, description: "US dollars per epoch and node, with 8 decimals" },
    ...resources,
    isGpu: { type: "boolean", description: "an add-on to another class" },
    isOffered: { type: "boolean", description: "whether new jobs may ask for it" },
  });
  app.get(
    "/classes",
    {
      schema: {
        tags: ["prices"],
        summary: "What nodes give to a job, and what that costs",
        response: answers(object({ classes: list(entry) })),
      },
    },
    () => ({ classes: jobs.classes.map((each) => ({ ...each, price: each.price.toString() })) }),
  );
}

function nodeRoute(app: FastifyInstance, { inventory }: InfoRouteDependencies): void {
  const entry = object(
    {
      node: addressText,
      tokenId: whole,
      country: text,
      tags: list(text),
      capacity: object({ ...resources, gpus: whole }),
      load: { ...whole, description: "basis points, as the node says" },
      gateway: text,
      heardAt: { ...whole, description: "milliseconds since 1970" },
    },
    ["gateway"],
  );
  const digits = { type: "string", pattern: "^[0-9]{1,5}$" } as const;
  app.get<{ Querystring: { after?: string } }>(
    "/nodes",
    {
      schema: {
        tags: ["inventory"],
        summary:
          "Nodes that offer themselves to jobs, ascending by token id, at most 500; ask for more with the last one's",
        querystring: object({ after: { ...digits, description: "a token id" } }, ["after"]),
        response: answers(object({ total: whole, nodes: list(entry) })),
      },
    },
    ({ query }) => {
      const after = Number(query.after ?? 0);
      const nodes = inventory.nodes.filter(({ tokenId }) => tokenId > after).slice(0, 500);
      return { total: inventory.nodes.length, nodes };
    },
  );
}

function specRoute(app: FastifyInstance, { specs }: InfoRouteDependencies): void {
  app.get<{ Params: { specHash: Hash } }>(
    "/jobs/specs/:specHash",
    {
      schema: {
        tags: ["specifications"],
        summary: "The canonical bytes of a specification; their keccak256 is the hash asked for",
        params: object({ specHash: hashText }),
        response: {
          200: { description: "canonical JSON", content: { "application/json": { schema: { type: "string" } } } },
          "4xx": answers({})["4xx"],
        },
      },
    },
    async ({ params }, reply) => {
      const bytes = await specs.bytesOf(params.specHash.toLowerCase());
      void reply.header("cache-control", "public, max-age=31536000, immutable");
      // Bytes go out as they are; a string or an object would be serialised.
      return reply.type("application/json").send(Buffer.from(bytes));
    },
  );
}

function secretsRoute(app: FastifyInstance, { secrets }: InfoRouteDependencies): void {
  const expiresAt = { ...whole, description: "Unix seconds" };
  app.post<{ Params: JobPath; Body: NodeSecretsRequest }>(
    "/jobs/:jobId/secrets",
    {
      bodyLimit: 4_096,
      schema: {
        tags: ["specifications"],
        summary:
          "For a node that is assigned: the job's secrets, sealed to its key (EIP-712 SecretsRequest, signed by it)",
        params: jobParams,
        body: object({ node: addressText, specHash: hashText, expiresAt, signature: signatureText }),
        response: answers(object({ sealed: text })),
      },
    },
    async ({ params, body }, reply) => {
      void reply.header("cache-control", "no-store");
      const request = { ...body, node: body.node.toLowerCase(), specHash: body.specHash.toLowerCase() };
      return { sealed: await secrets.answer(BigInt(params.jobId), request) };
    },
  );
}

function healthRoute(app: FastifyInstance, { problems }: InfoRouteDependencies): void {
  const answer = object({ status: { enum: ["ok", "degraded"] }, problems: list(text) });
  app.get<{ Reply: object }>(
    "/health",
    {
      schema: {
        tags: ["service"],
        summary: "200 when all is well, 503 with the problems when not",
        response: { ...answers(answer), 503: { description: "something is wrong", ...answer } },
      },
    },
    (_request, reply) => {
      const found = problems();
      const isWell = found.length === 0;
      return reply.status(isWell ? 200 : 503).send({ status: isWell ? "ok" : "degraded", problems: found });
    },
  );
}
