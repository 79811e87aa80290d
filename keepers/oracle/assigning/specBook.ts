import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { bytesToHex, type Hash } from "../../protocol/bytes.js";
import { resourcesOf } from "../../protocol/jobResources.js";
import { decodeJobSpec } from "../../protocol/jobSpec.js";
import { keccak } from "../../protocol/signing.js";
import { withTimeLimit } from "../../heartbeat/timeLimit.js";
import type { Wishes, WishList } from "./demands.js";

export interface SpecBookOptions {
  /** Looks for a specification, one at each decision block, before its job is placed by its class alone. */
  readonly patience: number;
  /** For one look. Milliseconds. */
  readonly timeoutMs: number;
}

export const defaultSpecBookOptions = { patience: 6, timeoutMs: 3_000 } as const;

export interface SpecBookDependencies {
  /** The bytes, from whoever has them: nobody has to be trusted. Undefined or an error when nobody answers now. */
  readonly fetchSpec: (hash: Hash) => Promise<Uint8Array | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What the specifications of the jobs that there are say about placement, looked for until they are found. */
export class SpecBook {
  readonly #options: SpecBookOptions;
  readonly #dependencies: SpecBookDependencies;
  readonly #found = new Map<Hash, Wishes>();
  readonly #looks = new Map<Hash, number>();

  constructor(options: SpecBookOptions, dependencies: SpecBookDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Looks for what is missing, and forgets the others. Never rejects. */
  async of(hashes: ReadonlySet<Hash>): Promise<WishList> {
    for (const kept of [this.#found, this.#looks]) {
      for (const hash of kept.keys()) if (!hashes.has(hash)) kept.delete(hash);
    }
    await Promise.all([...hashes].filter((hash) => !this.#found.has(hash)).map((hash) => this.#look(hash)));
    const wishes = new Map<Hash, Wishes | null>(this.#found);
    for (const [hash, looks] of this.#looks) if (looks >= this.#options.patience) wishes.set(hash, null);
    return wishes;
  }

  async #look(hash: Hash): Promise<void> {
    const wishes = await this.#read(hash).catch((error: unknown) => {
      this.#dependencies.logger.debug("a job's specification is not to be had", { hash, error: describeError(error) });
      return undefined;
    });
    if (wishes === undefined) {
      this.#looks.set(hash, (this.#looks.get(hash) ?? 0) + 1);
      return;
    }
    this.#found.set(hash, wishes);
    this.#looks.delete(hash);
  }

  async #read(hash: Hash): Promise<Wishes | undefined> {
    const { fetchSpec } = this.#dependencies;
    const { timeoutMs } = this.#options;
    const bytes = await withTimeLimit("looking for a specification", timeoutMs, fetchSpec(hash), this.#dependencies);
    if (bytes === undefined || bytesToHex(keccak(bytes)) !== hash) return undefined;
    const spec = decodeJobSpec(bytes);
    return { placement: spec.placement, gpus: resourcesOf(spec).gpus };
  }
}
