import type { Logger } from "../../core/logger.js";
import { decodeLeafFile } from "../../protocol/leafFile.js";
import { findDisproof } from "../../protocol/disproof.js";
import type { EpochReport } from "../../protocol/typedData.js";
import type { EpochStore, StoredEpoch } from "../../storage/epochStore.js";
import type { Dispute } from "./dispute.js";
import type { LeafExchange } from "./leafExchange.js";
import { whileHolds } from "./overtaken.js";
import { metaOf, type Progress } from "./progress.js";
import type { DecidedEpoch, EpochChain, EpochListener } from "./types.js";

export interface FollowingDependencies {
  readonly chain: EpochChain;
  readonly leaves: LeafExchange;
  readonly archive: EpochStore<DecidedEpoch>;
  readonly dispute: Dispute;
  readonly logger: Logger;
  readonly notify: EpochListener;
}

interface Found {
  readonly kept: StoredEpoch<DecidedEpoch>;
  /** It came from another oracle. */
  readonly isNew: boolean;
}

/** Takes over what the chain has when it went on without this oracle, or goes back to it; disputes what is wrong. */
export class Following {
  readonly #dependencies: FollowingDependencies;

  constructor(dependencies: FollowingDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Builds on the chain's last commit from now on. False: that commit is wrong, which the chain is being shown.
   * @param signal ends the waiting for leaf files
   */
  async follow(progress: Progress, signal: AbortSignal): Promise<boolean> {
    const { chain, dispute } = this.#dependencies;
    const commit = chain.lastCommit();
    const attempt = chain.attempt();
    if (!commit) {
      progress.restart(attempt);
      return true;
    }
    if (dispute.isOpen(commit)) return false;
    const before = chain.previousCommit();
    const isSame = () => chain.lastCommit()?.root === commit.root && chain.attempt() === attempt;
    const found = await whileHolds(isSame, { chain, signal }, async (either) => {
      const wanted = before ? [commit, before] : [commit];
      const [last, previous] = await Promise.all(wanted.map((report) => this.#find(report, either)));
      return { before: previous, commit: last as Found };
    });
    if (!found) return true;
    if (this.#isWrong(commit, found)) return false;
    await this.#keep(found.before);
    await this.#keep(found.commit);
    progress.restart(attempt, found.commit.kept, found.before?.kept);
    return true;
  }

  async #find(commit: EpochReport, signal: AbortSignal): Promise<Found> {
    const kept = await this.#dependencies.archive.get(commit.epoch);
    if (kept?.meta.dataHash === commit.dataHash) return { kept, isNew: false };
    const leafFile = await this.#dependencies.leaves.fetch(commit, signal);
    return { kept: { epoch: commit.epoch, leafFile, meta: metaOf(commit, []) }, isNew: true };
  }

  async #keep(found: Found | undefined): Promise<void> {
    if (!found?.isNew) return;
    const { epoch, leafFile, meta } = found.kept;
    await this.#dependencies.archive.put(epoch, leafFile, meta);
    this.#dependencies.notify({ type: "adopted", epoch, root: meta.root });
  }

  /** A root that became active is what everybody builds on, right or wrong: there is no taking it back. */
  #isWrong(
    report: EpochReport,
    { before, commit }: { readonly before: Found | undefined; readonly commit: Found },
  ): boolean {
    const { chain, dispute, logger, notify } = this.#dependencies;
    const files = [before?.kept, commit.kept].map((kept) => kept && decodeLeafFile(kept.leafFile));
    const disproof = files[1] && findDisproof(files[0], files[1]);
    if (!disproof) return false;
    const fields = { epoch: report.epoch.toString(), root: report.root, leaf: disproof.id.toString() };
    if (!chain.isPending()) {
      logger.error("a wrong root is active: nobody disproved it in time", fields);
      return false;
    }
    logger.error("a wrong root was committed: this oracle disproves it", fields);
    notify({ type: "disputed", epoch: report.epoch, root: report.root });
    dispute.open(report, disproof);
    return true;
  }
}
