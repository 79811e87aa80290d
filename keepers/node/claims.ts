import { formatEther } from "ethers";
import { z } from "zod";
import type { Cancel, Clock } from "../core/clock.js";
import { describeError, errorCode, KeeperError } from "../core/errors.js";
import type { Disk } from "../core/disk.js";
import { readJson, writeJson } from "../core/files.js";
import type { Logger } from "../core/logger.js";
import { type DeedId, formatDeed } from "../protocol/deedId.js";
import type { DeedProof } from "./proofClient.js";

/** When a claim is worth its gas: when either condition holds. */
export interface ClaimPolicy {
  /** Claim when at least this much can be claimed, in wei. */
  readonly minimum: bigint;
  /** Claim whatever there is when this many epochs have passed since the last claim; undefined: never for that reason. */
  readonly everyEpochs: bigint | undefined;
}

export interface ClaimsOptions extends ClaimPolicy {
  /** Milliseconds between two looks. */
  readonly checkMs: number;
  /** Remembers the last claim across restarts; its folder must exist. */
  readonly path: string;
}

/** Sends the claim and waits for it. A KeeperError that is not retriable means that the chain refused. */
export interface Claimer {
  claim(proof: DeedProof): Promise<{ readonly txHash: string }>;
}

export interface ClaimsDependencies {
  /** The deed at present; undefined while the node has none. */
  readonly deed: () => DeedId | undefined;
  readonly proofs: { latest(deed: DeedId, signal?: AbortSignal): Promise<DeedProof | undefined> };
  /** What `claim` would mint now, in wei; zero when it would revert. */
  readonly rewards: { claimable(deed: DeedId, epoch: bigint, cumulative: bigint): Promise<bigint> };
  readonly claimer: Claimer;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a look led to. */
export type ClaimOutcome =
  | { readonly kind: "no-deed" | "no-proof" | "seen" | "nothing-new" }
  | { readonly kind: "waiting"; readonly claimable: bigint }
  | { readonly kind: "claimed"; readonly claimable: bigint; readonly txHash: string }
  | { readonly kind: "failed"; readonly error: unknown };

/** Per deed: the epoch of the last claim (or of the first look), and of the last claim that the chain refused. */
interface Memory {
  readonly claimed: bigint;
  readonly refused?: bigint | undefined;
}

const epochText = z.string().regex(/^\d{1,20}$/u);
const fileSchema = z.record(
  z.string().regex(/^\d{1,78}$/u),
  z.strictObject({ claimed: epochText, refused: epochText.optional() }),
);

/**
 * Claims for the node's deed when its owner wants that, against the last active epoch. A claim that the chain refused is not
 * tried again before the next one; one that failed on its way is tried again at the next look, since nothing can be minted twice.
 */
export class AutomaticClaims {
  readonly #options: ClaimsOptions;
  readonly #dependencies: ClaimsDependencies;
  readonly #abort = new AbortController();
  #memory: Map<DeedId, Memory> | undefined;
  #cancel: Cancel = () => undefined;
  #looking: Promise<ClaimOutcome> | undefined;
  readonly #outcomes = new Map<ClaimOutcome["kind"], number>();
  #last: ClaimOutcome | undefined;

  constructor(options: ClaimsOptions, dependencies: ClaimsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** What the last look led to. */
  get last(): ClaimOutcome | undefined {
    return this.#last;
  }

  /** How often a look led to what. */
  get outcomes(): ReadonlyMap<ClaimOutcome["kind"], number> {
    return this.#outcomes;
  }

  /** Looks at once, then again and again. */
  start(): void {
    if (!this.#abort.signal.aborted) this.#plan(0);
  }

  /** Looks once and claims if that is due. Never rejects. Calls while a look is under way share its outcome. */
  look(): Promise<ClaimOutcome> {
    this.#looking ??= this.#look()
      .catch((error: unknown): ClaimOutcome => this.#fail(error))
      .then((outcome) => this.#note(outcome))
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  /** Waits for a claim that is under way. Idempotent. */
  async close(): Promise<void> {
    this.#cancel();
    this.#abort.abort(new KeeperError("CLOSED", "the node is closing"));
    await this.#looking;
  }

  #note(outcome: ClaimOutcome): ClaimOutcome {
    this.#outcomes.set(outcome.kind, (this.#outcomes.get(outcome.kind) ?? 0) + 1);
    return (this.#last = outcome);
  }

  #plan(delayMs: number): void {
    this.#cancel = this.#dependencies.clock.schedule(delayMs, async () => {
      await this.look();
      if (!this.#abort.signal.aborted) this.#plan(this.#options.checkMs);
    });
  }

  async #look(): Promise<ClaimOutcome> {
    const deed = this.#dependencies.deed();
    if (deed === undefined) return { kind: "no-deed" };
    const proof = await this.#proofOf(deed);
    if (proof === undefined) return { kind: "no-proof" };
    const memory = await this.#recall(deed, proof.epoch);
    if (memory.refused !== undefined && proof.epoch <= memory.refused) return { kind: "seen" };
    const claimable = await this.#dependencies.rewards.claimable(deed, proof.epoch, proof.cumulative);
    if (claimable === 0n) return { kind: "nothing-new" };
    if (!isDue(this.#options, claimable, proof.epoch - memory.claimed)) return { kind: "waiting", claimable };
    this.#abort.signal.throwIfAborted();
    return this.#claim(proof, claimable);
  }

  /** Before the first epoch is active there is nothing to claim, and nothing wrong. */
  async #proofOf(deed: DeedId): Promise<DeedProof | undefined> {
    try {
      return await this.#dependencies.proofs.latest(deed, this.#abort.signal);
    } catch (error) {
      if (errorCode(error) === "NOTHING_ACTIVE") return undefined;
      throw error;
    }
  }

  async #claim(proof: DeedProof, claimable: bigint): Promise<ClaimOutcome> {
    const fields = { deed: formatDeed(proof.deed), epoch: proof.epoch, amountR1: formatEther(claimable) };
    try {
      const { txHash } = await this.#dependencies.claimer.claim(proof);
      this.#dependencies.logger.info("claimed", { ...fields, txHash });
      await this.#remember(proof.deed, { claimed: proof.epoch });
      return { kind: "claimed", claimable, txHash };
    } catch (error) {
      if (error instanceof KeeperError && error.retriable) throw error;
      const text = "a claim was refused; it is tried again after the next committed epoch";
      this.#dependencies.logger.error(text, { ...fields, error: describeError(error) });
      const claimed = this.#memory?.get(proof.deed)?.claimed ?? proof.epoch;
      await this.#remember(proof.deed, { claimed, refused: proof.epoch });
      return { kind: "failed", error };
    }
  }

  #fail(error: unknown): ClaimOutcome {
    const closing = this.#abort.signal.aborted;
    if (!closing) this.#dependencies.logger.warn("looking for rewards failed", { error: describeError(error) });
    return { kind: "failed", error };
  }

  async #recall(deed: DeedId, epoch: bigint): Promise<Memory> {
    this.#memory ??= await this.#load();
    const known = this.#memory.get(deed);
    if (known !== undefined) return known;
    const fresh = { claimed: epoch };
    await this.#remember(deed, fresh);
    return fresh;
  }

  async #load(): Promise<Map<DeedId, Memory>> {
    const file = (await readJson(this.#dependencies.disk, this.#options.path, fileSchema)) ?? {};
    return new Map(
      Object.entries(file).map(([deed, { claimed, refused }]) => [
        BigInt(deed),
        { claimed: BigInt(claimed), ...(refused === undefined ? {} : { refused: BigInt(refused) }) },
      ]),
    );
  }

  /** A disk that fails costs at most the pace of claims after a restart, so it is only reported. */
  async #remember(deed: DeedId, memory: Memory): Promise<void> {
    this.#memory?.set(deed, memory);
    const entries = [...(this.#memory ?? [])].map(([id, { claimed, refused }]) => [
      id.toString(),
      { claimed: claimed.toString(), refused: refused?.toString() },
    ]);
    try {
      await writeJson(this.#dependencies.disk, this.#options.path, Object.fromEntries(entries));
    } catch (error) {
      this.#dependencies.logger.warn("the last claim could not be noted", { error: describeError(error) });
    }
  }
}

function isDue(policy: ClaimPolicy, claimable: bigint, epochsSince: bigint): boolean {
  return claimable >= policy.minimum || (policy.everyEpochs !== undefined && epochsSince >= policy.everyEpochs);
}
