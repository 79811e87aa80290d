import { ZeroHash } from "ethers";
import { z } from "zod";

import type { Clock } from "../../keepers/core/clock.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { requestJson } from "../../keepers/node/httpJson.js";
import { hashSchema } from "../../keepers/node/session.js";
import { bytesToHex } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { leafHash, LeafKind } from "../../keepers/protocol/leaf.js";
import { MerkleTree } from "../../keepers/protocol/merkleTree.js";
import { serviceId } from "../../keepers/protocol/serviceId.js";
import { deedName } from "./names.js";
import type { Protocol } from "./protocol.js";
import { optionalVariable } from "./variables.js";

/** One proof for what several deeds served of a job, as `JobEscrow.settleMany` takes it. */
export interface ServiceProof {
  readonly epoch: bigint;
  /** In the order that the proof expects. */
  readonly tokenIds: readonly number[];
  readonly cumulatives: readonly bigint[];
  readonly proof: readonly string[];
  readonly proofFlags: readonly boolean[];
}

export interface ServiceProofsDependencies {
  readonly protocol: Protocol;
  readonly clock: Clock;
}

const TIMEOUT_MS = 15_000;
const OK = 200;

const decimal = z
  .string()
  .regex(/^\d{1,20}$/u)
  .transform(BigInt);
const answerSchema = z.object({
  tokenIds: z.array(z.int().min(1).max(65_535)),
  cumulatives: z.array(decimal),
  proof: z.array(hashSchema),
  proofFlags: z.array(z.boolean()),
});
const epochSchema = z.object({ epoch: z.int().min(0) });
const failureSchema = z.object({ message: z.string() });

/** What an oracle's API proves of service; nothing is believed before it leads to the root on chain. */
class ServiceProofs {
  readonly #url: string;
  readonly #dependencies: ServiceProofsDependencies;

  constructor({ url }: { readonly url: string }, dependencies: ServiceProofsDependencies) {
    this.#url = url.replace(/\/+$/u, "");
    this.#dependencies = dependencies;
  }

  /** The last epoch that can be settled by. */
  async latestEpoch(): Promise<bigint> {
    const { epoch } = await this.#request("epochs/latest", epochSchema);
    return BigInt(epoch);
  }

  /** @throws KeeperError `PROOF_WRONG` */
  async proofOf(jobId: number, tokenIds: readonly number[], epoch: bigint): Promise<ServiceProof> {
    const deeds = tokenIds.map((tokenId) => deedName(deedId(DeedKind.NODE, BigInt(tokenId))));
    const path = `epochs/${epoch.toString()}/services/${jobId}/multiproof`;
    const proof = { epoch, ...(await this.#request(path, answerSchema, { deeds })) };
    await this.#verify(jobId, proof, tokenIds);
    return proof;
  }

  async #request<T>(path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    const request = { url: `${this.#url}/${path}`, body, timeoutMs: TIMEOUT_MS };
    const answer = await requestJson(request, this.#dependencies);
    if (answer.status !== OK) {
      const told = failureSchema.safeParse(answer.body);
      throw this.#wrong(`answered with status ${answer.status}${told.success ? `, ${told.data.message}` : ""}`);
    }
    const parsed = schema.safeParse(answer.body);
    if (!parsed.success) throw this.#wrong(`gave an answer to ${path} that is none`);
    return parsed.data;
  }

  async #verify(jobId: number, given: ServiceProof, wanted: readonly number[]): Promise<void> {
    const { epoch, tokenIds, cumulatives, proof, proofFlags } = given;
    const complete = tokenIds.length === wanted.length && wanted.every((tokenId) => tokenIds.includes(tokenId));
    if (!complete || cumulatives.length !== tokenIds.length) throw this.#wrong("gave a proof for other deeds");
    const root = await this.#dependencies.protocol.contracts.epochLedger.rootOf(epoch);
    const leaves = tokenIds.map((tokenId, i) => {
      const service = BigInt(serviceId(BigInt(jobId), deedId(DeedKind.NODE, BigInt(tokenId))));
      return bytesToHex(leafHash(LeafKind.SERVICE, service, cumulatives[i] as bigint));
    });
    const isProven = MerkleTree.verifyMultiproof(root.toLowerCase(), { leaves, proof, proofFlags });
    if (root !== ZeroHash && isProven) return;
    throw this.#wrong(`gave a proof that does not lead to an active root of epoch ${epoch.toString()} on chain`);
  }

  #wrong(what: string): KeeperError {
    return new KeeperError("PROOF_WRONG", `oracle ${this.#url} ${what}: ask another one with --oracle`);
  }
}

/** The oracle of `--oracle`, or else the first of ORACLE_URLS. @throws KeeperError `PROOFS_MISSING` or `ORACLE_INVALID` */
export function openServiceProofs(oracle: string | undefined, dependencies: ServiceProofsDependencies): ServiceProofs {
  const url = oracle ?? optionalVariable("ORACLE_URLS")?.reveal().split(",")[0]?.trim();
  if (url === undefined) {
    throw new KeeperError("PROOFS_MISSING", "settling needs proofs: give --oracle with the URL of an oracle");
  }
  if (/^https?:\/\/[^/]/u.test(url)) return new ServiceProofs({ url }, dependencies);
  const wants = "a URL that begins with http:// or https://";
  throw new KeeperError("ORACLE_INVALID", `--oracle: got ${JSON.stringify(url)}, want ${wants}`);
}
