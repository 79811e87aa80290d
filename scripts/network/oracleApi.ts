import { z } from "zod";

import type { Commit } from "../../keepers/chain/protocolState.js";
import type { Clock } from "../../keepers/core/clock.js";
import { describeError, KeeperError } from "../../keepers/core/errors.js";
import type { Hash } from "../../keepers/protocol/bytes.js";
import { type DeedId, kindSymbol, parseDeedId } from "../../keepers/protocol/deedId.js";
import { dataHash, decodeLeafFile, type LeafFile, treeOf } from "../../keepers/protocol/leafFile.js";

/** What `AvailabilityRewards.claimMany` takes. */
export interface Multiproof {
  readonly deeds: readonly bigint[];
  readonly cumulatives: readonly bigint[];
  readonly proof: readonly Hash[];
  readonly proofFlags: readonly boolean[];
}

/** What `JobEscrow.settleMany` takes. */
export interface ServiceMultiproof extends Omit<Multiproof, "deeds"> {
  readonly tokenIds: readonly number[];
}

export interface OracleApiDependencies {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 5_000;
const PATIENCE_MS = 15_000;
const PAUSE_MS = 250;

const decimals = z.array(z.string().regex(/^\d+$/u).transform(BigInt));
const proven = { cumulatives: decimals, proof: z.array(z.string()), proofFlags: z.array(z.boolean()) };
const multiproofSchema = z.object({ deeds: decimals, ...proven });
const serviceMultiproofSchema = z.object({ tokenIds: z.array(z.number()), ...proven });

/** Asks the oracles over HTTP, as anybody would, the next one when one has no answer yet; believes nothing unchecked. */
export class OracleApi {
  readonly #urls: readonly string[];
  readonly #dependencies: OracleApiDependencies;

  constructor(urls: readonly string[], dependencies: OracleApiDependencies) {
    this.#urls = urls;
    this.#dependencies = dependencies;
  }

  /** The leaf file of a committed epoch, checked against the commit: its hash and its tree's root. */
  leafFile(commit: Commit): Promise<LeafFile> {
    return this.#ask(async (url) => {
      const answer = await this.#fetch(`${url}/epochs/${commit.epoch}/leaves`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const file = decodeLeafFile(bytes);
      if (dataHash(bytes) === commit.dataHash && treeOf(file).root === commit.root) return file;
      throw new KeeperError(
        "LEAVES_WRONG",
        `${url} has another leaf file for epoch ${commit.epoch} than was committed`,
      );
    });
  }

  /** One proof for several deeds; a wrong one is refused by the contract. */
  multiproof(epoch: bigint, deeds: readonly DeedId[]): Promise<Multiproof> {
    return this.#prove(`/epochs/${epoch}/multiproof`, deeds, multiproofSchema);
  }

  /** The same of what deeds served for a job. */
  serviceMultiproof(epoch: bigint, jobId: bigint, deeds: readonly DeedId[]): Promise<ServiceMultiproof> {
    return this.#prove(`/epochs/${epoch}/services/${jobId}/multiproof`, deeds, serviceMultiproofSchema);
  }

  #prove<T>(path: string, deeds: readonly DeedId[], schema: z.ZodType<T>): Promise<T> {
    const body = JSON.stringify({ deeds: deeds.map(deedName) });
    return this.#ask(async (url) => {
      const headers = { "content-type": "application/json" };
      const answer = await this.#fetch(`${url}${path}`, { method: "POST", body, headers });
      return schema.parse(await answer.json());
    });
  }

  /** Tries one oracle after the other, for a while: an oracle that is behind by a moment answers soon. */
  async #ask<T>(question: (url: string) => Promise<T>): Promise<T> {
    const { clock, signal } = this.#dependencies;
    const end = clock.now() + PATIENCE_MS;
    for (let turn = 0; ; turn += 1) {
      try {
        return await question(this.#urls[turn % this.#urls.length] as string);
      } catch (error) {
        signal.throwIfAborted();
        if (clock.now() > end) throw new KeeperError("NO_ANSWER", `no oracle answers: ${describeError(error)}`);
        await clock.sleep(PAUSE_MS, signal);
      }
    }
  }

  async #fetch(url: string, request: RequestInit = {}): Promise<Response> {
    const signal = AbortSignal.any([this.#dependencies.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const answer = await fetch(url, { ...request, signal });
    if (answer.ok) return answer;
    throw new KeeperError("API_STATUS", `${url} answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  }
}

/** "ND:5". */
export function deedName(deed: DeedId): string {
  const { kind, tokenId } = parseDeedId(deed);
  return `${kindSymbol(kind)}:${tokenId}`;
}
