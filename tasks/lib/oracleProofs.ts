import { z } from "zod";

import type { Clock } from "../../keepers/core/clock.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { requestJson } from "../../keepers/node/httpJson.js";
import { ProofClient } from "../../keepers/node/proofClient.js";
import { deedSchema, hashSchema } from "../../keepers/node/session.js";
import { bytesToHex } from "../../keepers/protocol/bytes.js";
import type { DeedId } from "../../keepers/protocol/deedId.js";
import { leafHash, LeafKind } from "../../keepers/protocol/leaf.js";
import { MerkleTree } from "../../keepers/protocol/merkleTree.js";
import { deedName } from "./names.js";
import type { ClaimProof, ProofSource, ProvenSum } from "./proofSource.js";
import type { Protocol } from "./protocol.js";

export interface OracleProofsOptions {
  readonly url: string;
}

export interface OracleProofsDependencies {
  readonly protocol: Protocol;
  readonly clock: Clock;
}

const TIMEOUT_MS = 15_000;
const OK = 200;

const answerSchema = z.object({
  deeds: z.array(deedSchema),
  cumulatives: z.array(
    z
      .string()
      .regex(/^\d{1,20}$/u)
      .transform(BigInt),
  ),
  proof: z.array(hashSchema),
  proofFlags: z.array(z.boolean()),
});

/** Proofs from an oracle's API, none of which is believed before it leads to the root on chain. */
export class OracleProofs implements ProofSource {
  readonly #url: string;
  readonly #dependencies: OracleProofsDependencies;
  readonly #single: ProofClient;

  constructor({ url }: OracleProofsOptions, dependencies: OracleProofsDependencies) {
    const { clock, protocol } = dependencies;
    this.#url = url.replace(/\/+$/u, "");
    this.#dependencies = dependencies;
    const options = { oracleUrls: [this.#url], timeoutMs: TIMEOUT_MS };
    this.#single = new ProofClient(options, { clock, roots: protocol.contracts.epochLedger });
  }

  async sumOf(deed: DeedId): Promise<ProvenSum | undefined> {
    return this.#single.latest(deed);
  }

  async proofOf(deeds: readonly DeedId[], epoch: bigint): Promise<ClaimProof> {
    const url = `${this.#url}/epochs/${epoch.toString()}/multiproof`;
    const request = { url, body: { deeds: deeds.map(deedName) }, timeoutMs: TIMEOUT_MS };
    const { status, body } = await requestJson(request, this.#dependencies);
    if (status !== OK) throw wrong(this.#url, `answered with status ${status}`);
    const answer = answerSchema.safeParse(body);
    if (!answer.success) throw wrong(this.#url, "gave an answer that is no multiproof");
    const proof = { epoch, ...answer.data };
    await this.#verify(proof, deeds);
    return proof;
  }

  async #verify(
    { epoch, deeds, cumulatives, proof, proofFlags }: ClaimProof,
    wanted: readonly DeedId[],
  ): Promise<void> {
    const complete = deeds.length === wanted.length && wanted.every((deed) => deeds.includes(deed));
    if (!complete || cumulatives.length !== deeds.length) throw wrong(this.#url, "gave a proof for other deeds");
    const root = await this.#dependencies.protocol.contracts.epochLedger.rootOf(epoch);
    const leaves = deeds.map((deed, i) => bytesToHex(leafHash(LeafKind.AVAILABILITY, deed, cumulatives[i] as bigint)));
    if (MerkleTree.verifyMultiproof(root.toLowerCase(), { leaves, proof, proofFlags })) return;
    throw wrong(this.#url, `gave a proof that does not lead to the root of epoch ${epoch.toString()} on chain`);
  }
}

function wrong(url: string, what: string): KeeperError {
  return new KeeperError("PROOF_WRONG", `oracle ${url} ${what}: ask another one, or use --leaves`);
}
