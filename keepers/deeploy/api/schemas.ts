import { addressText, decimal, hashText, list, object, type Schema, text, whole } from "../../core/http/schemas.js";
import { REQUEST_HEADERS } from "../../protocol/deeployRequest.js";

/** What stands at the top of the OpenAPI document. */
export const description = {
  openapi: "3.1.0" as const,
  info: {
    title: "R1 Deeploy",
    version: "1",
    description:
      "Paid container jobs: specifications, prices, transactions for the wallet to send, state, logs. Requests that change or show " +
      "something private are signed by a wallet: EIP-712, domain Deeploy version 1 of the JobEscrow, Request(address account,string " +
      "method,string path,bytes32 bodyHash,bytes32 nonce,uint64 expiresAt). Failures are {code, message}.",
  },
  components: {
    securitySchemes: Object.fromEntries(
      Object.entries(REQUEST_HEADERS).map(([part, name]) => [
        part,
        { type: "apiKey" as const, in: "header" as const, name },
      ]),
    ),
  },
};

/** Of a route that wants a signed request. */
export const walletSigned = [Object.fromEntries(Object.keys(REQUEST_HEADERS).map((part) => [part, []]))];

const wei = { ...decimal, description: "wei of R1" } as const;
const count = (minimum: number, maximum: number, description: string) => ({
  type: "integer",
  minimum,
  maximum,
  description,
});
/** The same in a query, where everything is text. */
const countText = (description: string) => ({ type: "string", pattern: "^[0-9]{1,5}$", description });

export const classId = count(1, 65_535, "of a resource class; see GET /classes");
export const gpuId = count(0, 65_535, "of a GPU add-on; 0: none");
export const nodeCount = count(1, 64, "nodes that run the job at a time");
export const epochCount = count(1, 3_650, "epochs that are paid");
export const sealedText = {
  type: "string",
  pattern: "^0x(?:[0-9a-f]{2})+$",
  description: "secrets, sealed to the key of GET /key; hexadecimal",
} as const;
export const specification = {
  type: "object",
  additionalProperties: true,
  description: "version, name, containers, volumes, registries, ingress, placement, secretsHash; see docs/protocol.md",
} as const;

export const jobParams = object({
  jobId: { type: "string", pattern: "^[1-9][0-9]{0,14}$", description: "number of the job" },
});

export const quoteQuery = object(
  {
    class: countText("resource class"),
    gpu: countText("GPU add-on"),
    nodes: countText("nodes"),
    epochs: countText("epochs"),
  },
  ["gpu"],
);

export const quoteProperties = {
  classId,
  gpu: gpuId,
  nodes: nodeCount,
  epochs: epochCount,
  rate: { ...wei, description: "wei of R1 per epoch and node" },
  deposit: wei,
  maxDeposit: { ...wei, description: "the deposit and 2 %, for a price that moves until the transaction is mined" },
} as const;

const transaction = object({ to: addressText, data: text, value: decimal, description: text });

/** Transactions for the wallet to send in this order or, when the service sent the change itself, that one's hash. */
export const changeProperties: Readonly<Record<string, Schema>> = { transactions: list(transaction), txHash: hashText };

const seat = object(
  {
    tokenId: whole,
    node: addressText,
    from: { ...whole, description: "first epoch that is paid" },
    to: { ...whole, description: "first epoch that is not paid any more" },
    state: { enum: ["unknown", "starting", "running", "unhealthy", "stopped", "failed"] },
    heardAt: { ...whole, description: "when the node said so, milliseconds since 1970" },
    endpoint: { ...text, description: "where the node's gateway serves the job" },
  },
  ["node", "to", "heardAt", "endpoint"],
);

export const jobAnswer = object(
  {
    jobId: whole,
    owner: addressText,
    specHash: hashText,
    classId: whole,
    gpu: whole,
    nodes: whole,
    epochs: whole,
    sequence: { ...whole, description: "assignments so far" },
    start: { ...whole, description: "first epoch that is paid; absent before the first assignment" },
    end: { ...whole, description: "first epoch that is not paid any more" },
    rate: { ...wei, description: "wei of R1 per epoch and node" },
    deposit: { ...wei, description: "wei of R1 paid in so far" },
    phase: { enum: ["waiting", "assigned", "over"] },
    seats: list(seat),
  },
  ["start", "end"],
);

const failure = object({ code: text, message: text });
const containerReport = object({ name: text, state: text, failures: whole, reason: text }, ["reason"]);

export const outcomesAnswer = object({
  nodes: list(
    object(
      {
        node: addressText,
        tokenId: whole,
        error: failure,
        state: object({ state: text, reason: text, containers: list(containerReport) }, ["reason"]),
      },
      ["error", "state"],
    ),
  ),
});

export const commandBody = {
  ...object({ node: addressText, container: { type: "string", maxLength: 31 } }, ["node", "container"]),
  description: "of all nodes and containers of the job only these",
};
