import { z } from "zod";
import { describeError, KeeperError, maskUrls } from "../core/errors.js";
import type { Hash } from "../protocol/bytes.js";
import { bytesToHex } from "../protocol/bytes.js";
import { type DeedId, kindSymbol, parseDeedId } from "../protocol/deedId.js";
import { leafHash, LeafKind } from "../protocol/leaf.js";
import { MerkleTree } from "../protocol/merkleTree.js";
import { type HttpDependencies, requestJson } from "./httpJson.js";
import { deedSchema, hashSchema } from "./session.js";

/** What a claim needs: the deed's sum of bytes in an active epoch, and the way from its leaf to the root. */
export interface DeedProof {
  readonly epoch: bigint;
  readonly root: Hash;
  readonly deed: DeedId;
  readonly cumulative: bigint;
  readonly proof: readonly Hash[];
}

/** Where roots are kept. */
export interface RootSource {
  /** Zero when the epoch has no root, or one that is not active yet. */
  rootOf(epoch: bigint): Promise<Hash>;
}

export interface ProofClientOptions {
  readonly oracleUrls: readonly string[];
  readonly timeoutMs: number;
}

const whole = z.union([z.int().min(0), z.string().regex(/^\d{1,20}$/u)]).transform(BigInt);

const proofSchema: z.ZodType<DeedProof> = z.object({
  epoch: whole,
  root: hashSchema,
  deed: deedSchema,
  cumulative: whole,
  proof: z.array(hashSchema).max(64),
});

const notFound = 404;
const ok = 200;

/** Fetches proofs from the oracles and believes none of them: every proof is checked against the root on chain. */
export class ProofClient {
  readonly #options: ProofClientOptions;
  readonly #dependencies: HttpDependencies & { readonly roots: RootSource };

  constructor(options: ProofClientOptions, dependencies: HttpDependencies & { readonly roots: RootSource }) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /**
   * The deed's proof for the latest active epoch, from the first oracle that has a right one; undefined when none has, and one
   * says that the deed has no leaf. Rejects with `NOTHING_ACTIVE` (retriable) when an oracle says that there is no active epoch,
   * or with `PROOF_UNAVAILABLE` (retriable), which names what was wrong with each oracle's answer.
   */
  async latest(deed: DeedId, signal?: AbortSignal): Promise<DeedProof | undefined> {
    const failures: string[] = [];
    let absent = false;
    let waiting: KeeperError | undefined;
    for (const oracle of this.#options.oracleUrls) {
      try {
        const proof = await this.#fetch(oracle, deed, signal);
        if (proof !== undefined) return proof;
        absent = true;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof KeeperError && error.code === "NOTHING_ACTIVE") waiting = error;
        failures.push(`${maskUrls(oracle)}: ${describeError(error)}`);
      }
    }
    if (absent) return undefined;
    if (waiting) throw waiting;
    const message = `no oracle gave a right proof: ${failures.join("; ")}`;
    throw new KeeperError("PROOF_UNAVAILABLE", message, { retriable: true });
  }

  async #fetch(oracle: string, deed: DeedId, signal: AbortSignal | undefined): Promise<DeedProof | undefined> {
    const { kind, tokenId } = parseDeedId(deed);
    const url = `${oracle.replace(/\/+$/u, "")}/epochs/latest/proofs/${kindSymbol(kind)}:${tokenId}`;
    const { status, body } = await requestJson({ url, timeoutMs: this.#options.timeoutMs, signal }, this.#dependencies);
    if (status === notFound) {
      requireActiveEpoch(body);
      return undefined;
    }
    if (status !== ok) throw new KeeperError("PROOF_STATUS", `it answered with status ${status}`, { retriable: true });
    const result = proofSchema.safeParse(body);
    if (!result.success) throw wrong(`its answer is no proof (${result.error.issues[0]?.path.join(".") ?? "body"})`);
    await this.#verify(result.data, deed);
    return result.data;
  }

  async #verify(proof: DeedProof, deed: DeedId): Promise<void> {
    if (proof.deed !== deed) throw wrong("its proof is for another deed");
    const root = await this.#dependencies.roots.rootOf(proof.epoch);
    if (/^0x0*$/u.test(root)) throw wrong(`epoch ${proof.epoch} has no active root on chain`);
    if (root.toLowerCase() !== proof.root)
      throw wrong(`epoch ${proof.epoch} has root ${root} on chain, not ${proof.root}`);
    const leaf = bytesToHex(leafHash(LeafKind.AVAILABILITY, deed, proof.cumulative));
    if (!MerkleTree.verify(proof.root, leaf, proof.proof)) throw wrong("its proof does not lead to the root");
  }
}

const nothingActive = z.object({ code: z.enum(["EPOCH_PENDING", "EPOCH_NOT_COMMITTED"]), message: z.string() });

/** Not found can mean the deed, or that there is no epoch to claim against: then nobody can claim anything yet. */
function requireActiveEpoch(body: unknown): void {
  const { success, data } = nothingActive.safeParse(body);
  if (success) throw new KeeperError("NOTHING_ACTIVE", data.message, { retriable: true });
}

function wrong(message: string): KeeperError {
  return new KeeperError("PROOF_WRONG", message);
}
