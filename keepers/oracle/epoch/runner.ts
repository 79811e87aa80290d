import type { Clock } from "../../core/clock.js";
import { describeError, KeeperError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { ELIGIBLE_AVAILABILITY } from "../../protocol/availability.js";
import { type Address, bytesToHex } from "../../protocol/bytes.js";
import type { DeedKind } from "../../protocol/deedId.js";
import { findDisproof } from "../../protocol/disproof.js";
import { leaderOrder } from "../../protocol/leaders.js";
import { decodeLeafFile } from "../../protocol/leafFile.js";
import type { MessageOf, OracleContext } from "../../protocol/oracleMessages.js";
import { type ReportsValue, valueId, ZERO_HASH } from "../../protocol/oracleValue.js";
import { quorum } from "../../protocol/quorum.js";
import type { Signer } from "../../protocol/signing.js";
import { subjectCount, subjectsHash } from "../../protocol/subjects.js";
import type { EpochReport, SigningDomain } from "../../protocol/typedData.js";
import type { EpochStore } from "../../storage/epochStore.js";
import { Recomputation } from "../consensus/recompute.js";
import { adaptTimeouts, type BaseBounds, type Timeouts } from "../consensus/timeouts.js";
import type { EpochConfig, EpochState, OpenedReport, OwnObservation } from "../consensus/types.js";
import { Agreement } from "./agreement.js";
import { Agreements } from "./agreements.js";
import { watchAgreement } from "./agreementWatch.js";
import { Dispute } from "./dispute.js";
import { finalEpoch } from "./finality.js";
import { Following } from "./following.js";
import { epochLogger } from "./epochLogger.js";
import { answeringPlace, LeafExchange } from "./leafExchange.js";
import { MessageDesk } from "./messageDesk.js";
import type { Outbox } from "./outbox.js";
import { whileHolds } from "./overtaken.js";
import { metaOf, Progress, reportFrom } from "./progress.js";
import { unreliableOracles } from "./reliability.js";
import { Submissions } from "./submissions.js";
import type { EpochChain, CommitSender, DecidedEpoch, EpochListener, EpochSnapshot, Observer } from "./types.js";
import type { VotedFiles } from "./votedFiles.js";
import type { VotingLog } from "./votingLog.js";

export interface RunnerOptions {
  readonly context: OracleContext;
  readonly domain: SigningDomain;
  readonly key: Signer;
  /** First epoch to agree on when neither the disk nor the chain knows better. */
  readonly firstEpoch: bigint;
  readonly startEpochs: Readonly<Record<DeedKind, bigint>>;
  readonly timeouts: Timeouts;
  readonly timeoutBounds: BaseBounds;
  /** How long the submitter has before the next one steps in. Milliseconds. */
  readonly stageMs: number;
  /** After a failed disk or transaction, and between requests. Milliseconds. */
  readonly retryMs: number;
}

export interface RunnerDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly chain: EpochChain;
  readonly observer: Observer;
  readonly sender: CommitSender;
  readonly outbox: Outbox;
  readonly log: VotingLog;
  readonly archive: EpochStore<DecidedEpoch>;
  readonly voted: VotedFiles;
  readonly logger: Logger;
}

/** Takes the oracle through one epoch after the other: agree, keep, submit; or, when the chain is ahead, catch up. */
export class EpochRunner {
  readonly #options: RunnerOptions;
  readonly #dependencies: RunnerDependencies;
  readonly #notify: EpochListener;
  /** Where other oracles' messages come in. */
  readonly desk: MessageDesk;
  readonly #leaves: LeafExchange;
  readonly #agreements = new Agreements();
  readonly #submissions: Submissions;
  readonly #dispute: Dispute;
  readonly #following: Following;
  readonly #stop = new AbortController();
  #progress: Progress | undefined;
  #timeouts: Timeouts;
  #running: Promise<void> = Promise.resolve();
  #wake = Promise.withResolvers<undefined>();
  /** The chain's last commit, as it was told last. */
  #known: EpochReport | undefined;

  constructor(options: RunnerOptions, dependencies: RunnerDependencies, notify: EpochListener) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#notify = notify;
    this.#timeouts = options.timeouts;
    this.#leaves = new LeafExchange(
      { context: options.context, me: this.#me, repeatMs: options.retryMs, answerStepMs: options.retryMs / 8 },
      {
        ...dependencies,
        place: () => this.#placeToAnswer(),
        attempt: () => dependencies.chain.attempt(),
      },
    );
    this.#submissions = new Submissions(options, { ...dependencies, notify });
    this.#dispute = new Dispute(options, dependencies);
    this.#following = new Following({ ...dependencies, leaves: this.#leaves, dispute: this.#dispute, notify });
    this.desk = new MessageDesk(
      { context: options.context, me: this.#me, resendMs: options.timeouts.resend },
      {
        ...dependencies,
        agreements: this.#agreements,
        leaves: this.#leaves,
        onSignature: (message) => this.#submissions.onSignature(message, this.nextEpoch ?? 0n),
        nextEpoch: () => this.nextEpoch,
      },
    );
  }

  /** The epoch to be decided next; undefined before the start. */
  get nextEpoch(): bigint | undefined {
    return this.#progress?.next;
  }

  /** The running agreement's state. */
  get state(): EpochState | undefined {
    return this.#progress && this.#agreements.get(this.#progress.next)?.state;
  }

  /** Resolves once what is on disk is read; the epochs then go on by themselves. */
  async start(): Promise<void> {
    const { archive, chain } = this.#dependencies;
    this.#progress = await Progress.open(archive, this.#options.firstEpoch, chain.attempt());
    const forget = chain.onChange(() => this.#onChainChange());
    this.#stop.signal.addEventListener("abort", forget, { once: true });
    this.#running = this.#run(this.#progress);
  }

  /** Says nothing more; waits for the disk. Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("the oracle is closing"));
    this.#wake.resolve(undefined);
    this.#submissions.close();
    this.#dispute.close();
    this.#leaves.close();
    await this.#agreements.close();
    await this.#running;
  }

  get #me(): Address {
    return this.#options.key.address;
  }

  #placeToAnswer(): number | undefined {
    const { chain, clock } = this.#dependencies;
    return answeringPlace(chain.oracles(), this.#me, { now: clock.now(), turnMs: this.#options.retryMs });
  }

  #isClosing(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(progress: Progress): Promise<void> {
    while (!this.#isClosing()) {
      const wake = this.#wake.promise;
      try {
        if (!(await this.#advance(progress))) await wake;
      } catch (error) {
        if (this.#isClosing()) return;
        this.#dependencies.logger.error("an epoch did not go through; it is tried again", {
          epoch: progress.next.toString(),
          error: describeError(error),
        });
        await this.#dependencies.clock.sleep(this.#options.retryMs, this.#stop.signal).catch(() => undefined);
      }
    }
  }

  /** One epoch, or nothing yet: then false. */
  async #advance(progress: Progress): Promise<boolean> {
    if (!this.#isOnTrack(progress)) {
      await this.#agreements.endOthers(this.#dependencies.chain.attempt());
      return this.#following.follow(progress, this.#stop.signal);
    }
    const snapshot = await this.#dependencies.chain.snapshotOf(progress.next);
    if (!snapshot) return false;
    if (snapshot.attempt === progress.attempt) await this.#agree(progress, snapshot);
    return true;
  }

  #isOnTrack(progress: Progress): boolean {
    const { chain } = this.#dependencies;
    return progress.isOnTrack(chain.lastCommit(), chain.attempt());
  }

  /** Undefined when the chain went on without this oracle, or nothing is as `holds` wants it any more. */
  #unlessOvertaken<T>(
    progress: Progress,
    task: (signal: AbortSignal) => Promise<T>,
    holds: () => boolean = () => true,
  ): Promise<T | undefined> {
    const { chain } = this.#dependencies;
    return whileHolds(() => this.#isOnTrack(progress) && holds(), { chain, signal: this.#stop.signal }, task);
  }

  async #agree(progress: Progress, snapshot: EpochSnapshot): Promise<void> {
    const epoch = progress.next;
    if (snapshot.oracles.length < quorum(0)) {
      this.#dependencies.logger.warn("too few oracles to agree: the epoch is skipped", { epoch: epoch.toString() });
      progress.skip(epoch);
      return;
    }
    const recomputation = this.#recomputationOf(progress, snapshot);
    const config = this.#configOf(progress, snapshot, recomputation);
    const startedAt = this.#dependencies.clock.now();
    const { oracles, links, seats } = snapshot;
    this.#notify({ type: "started", epoch, oracles: oracles.length, links: links.length, seats: seats.length });
    const observation = await this.#observe(epoch, snapshot);
    // With other links or members than the others have, after a reorganisation, this oracle would agree with nobody.
    const decision = await this.#unlessOvertaken(
      progress,
      () => this.#decide(config, observation, recomputation),
      snapshot.isCurrent,
    );
    if (!decision) return this.#agreements.drop(epoch);
    const measured = { decisionMs: this.#dependencies.clock.now() - startedAt, round: decision.round };
    this.#timeouts = adaptTimeouts(this.#timeouts, measured, this.#options.timeoutBounds);
    await this.#conclude(progress, config, decision, recomputation);
  }

  #decide(
    config: EpochConfig,
    observation: OwnObservation | undefined,
    recomputation: Recomputation,
  ): Promise<MessageOf<"decision">> {
    const decided = Promise.withResolvers<MessageOf<"decision">>();
    const { logger } = this.#dependencies;
    const watch = { logger: epochLogger(logger, config), tally: this.desk.tally, notify: this.#notify };
    const agreement = new Agreement(
      { config, observation, retryMs: this.#options.retryMs },
      { ...this.#dependencies, beforeSpeaking: () => this.#keepResults(config.epoch, recomputation) },
      watchAgreement(config, watch, (decision) => decided.resolve(decision)),
    );
    this.#agreements.open(agreement);
    return decided.promise;
  }

  async #keepResults(epoch: bigint, { results }: Recomputation): Promise<void> {
    for (const { commitment, encoded } of results) {
      await this.#dependencies.voted.keep({ epoch, hash: commitment.dataHash }, encoded);
    }
  }

  async #conclude(
    progress: Progress,
    config: EpochConfig,
    { round, value }: MessageOf<"decision">,
    recomputation: Recomputation,
  ): Promise<void> {
    const { epoch } = config;
    const isVoid = value.type === "skip" || value.root === ZERO_HASH || value.previousRoot !== progress.root;
    this.#notify({
      type: "decided",
      epoch,
      round,
      value: valueId(epoch, value),
      root: isVoid ? undefined : value.root,
    });
    // A report on a root that the chain went away from, while it was agreed on, can never be committed.
    if (isVoid) {
      progress.skip(epoch);
      return;
    }
    const report = reportFrom(epoch, value);
    const file = await this.#unlessOvertaken(progress, async (signal) => {
      const known = this.#computed(epoch, value, recomputation) ?? (await this.#kept(report));
      return known ?? this.#leaves.fetch(report, signal);
    });
    if (!file) return;
    this.#refuseWrong(progress, file);
    const reporters = value.set.map(({ oracle }) => oracle);
    await progress.keep(epoch, file, metaOf(report, reporters));
    this.#submit(report, config);
    await this.#retireAgreements();
  }

  /** The leaf file, when this oracle kept it before a restart, or voted for it before the chain reorganised. */
  async #kept({ epoch, dataHash: hash }: EpochReport): Promise<Uint8Array | undefined> {
    const { archive, voted } = this.#dependencies;
    const kept = await archive.get(epoch);
    return kept?.meta.dataHash === hash ? kept.leafFile : voted.find({ epoch, hash });
  }

  /** A third of the oracles would have to be dishonest for that; this one does not sign what it could be removed for. */
  #refuseWrong({ lastCredits, root, entries }: Progress, leafFile: Uint8Array): void {
    const header = { ...this.#options.context, previousRoot: ZERO_HASH };
    const before = lastCredits && { ...header, epoch: lastCredits.epoch, entries };
    const disproof = findDisproof(before, decodeLeafFile(leafFile));
    if (!disproof) return;
    const what = `leaf ${disproof.id} went from ${disproof.cumulativeBefore} to ${disproof.cumulativeAfter}`;
    throw new KeeperError("DECISION_WRONG", `the oracles decided a wrong root after ${root}: ${what}`);
  }

  /** The leaf file of the decided set, when this oracle has all its reports. */
  #computed(epoch: bigint, value: ReportsValue, recomputation: Recomputation): Uint8Array | undefined {
    const members = this.#agreements.get(epoch)?.state?.members;
    const reports = value.set.flatMap(({ oracle, reportHash }): OpenedReport[] => {
      const opened = members?.get(oracle)?.report?.opened;
      return opened?.reportHash === reportHash ? [opened] : [];
    });
    if (reports.length < value.set.length) return undefined;
    const { encoded, commitment } = recomputation.compute(reports);
    return commitment.dataHash === value.dataHash ? encoded : undefined;
  }

  /** This oracle's own report; undefined when its own availability is unknown or too low to judge others. */
  async #observe(epoch: bigint, { links, seats, oracles }: EpochSnapshot): Promise<OwnObservation | undefined> {
    if (!oracles.includes(this.#me)) return undefined;
    if (this.#dependencies.log.promisedFor(epoch) !== undefined) {
      // What the others would agree on with this report this oracle could not sign any more.
      this.#dependencies.logger.warn("a report of this epoch was signed in an earlier attempt: no report in this one", {
        epoch: epoch.toString(),
      });
      return undefined;
    }
    const bytes = await this.#dependencies.observer.observe(epoch, { links, seats });
    if (bytes === undefined) return undefined;
    const own = bytes[links.findIndex(({ node }) => node === this.#me)] ?? 0;
    if (own < ELIGIBLE_AVAILABILITY) {
      this.#dependencies.logger.warn("own availability is below 250 of 255: no report this epoch", {
        epoch: epoch.toString(),
        own,
      });
      return undefined;
    }
    return { salt: bytesToHex(this.#dependencies.random.bytes(32)), bytes };
  }

  #configOf(progress: Progress, snapshot: EpochSnapshot, recomputation: Recomputation): EpochConfig {
    const { links, oracles, attempt } = snapshot;
    const { context, startEpochs } = this.#options;
    const epoch = progress.next;
    const unreliable = unreliableOracles(oracles, links, progress.lastCredits, startEpochs);
    return {
      context,
      epoch,
      attempt,
      members: oracles,
      leaders: leaderOrder({ ...context, epoch, oracles, unreliable }),
      me: this.#me,
      subjectsHash: subjectsHash(epoch, snapshot),
      subjectCount: subjectCount(snapshot),
      previousRoot: progress.root,
      timeouts: this.#timeouts,
      commitmentOf: recomputation.commitmentOf,
    };
  }

  #recomputationOf(progress: Progress, snapshot: EpochSnapshot): Recomputation {
    const header = { ...this.#options.context, epoch: progress.next, previousRoot: progress.root };
    const { startEpochs } = this.#options;
    const inputs = {
      header,
      subjects: snapshot,
      spent: snapshot.spent,
      previousEntries: progress.entries,
      startEpochs,
    };
    return new Recomputation({}, inputs);
  }

  /** The ledger wants a quorum of its present set: an oracle that was no member then, and is one now, signs too. */
  #submit(report: EpochReport, { attempt, leaders }: EpochConfig): void {
    const place = leaders.indexOf(this.#me);
    const stage = place >= 0 ? place : leaders.length + this.#dependencies.chain.oracles().indexOf(this.#me) + 1;
    if (!this.#isClosing()) this.#submissions.submit(report, attempt, stage);
  }

  #onChainChange(): void {
    this.#reportCommit();
    const woken = this.#wake;
    this.#wake = Promise.withResolvers();
    woken.resolve(undefined);
  }

  /** Tells of a new commit, not of one that comes back to the end because a later one was taken back. */
  #reportCommit(): void {
    this.#submissions.onChainChange();
    const last = this.#dependencies.chain.lastCommit();
    const known = this.#known;
    this.#known = last;
    if (!last || (known && (last.epoch < known.epoch || last.root === known.root))) return;
    this.#notify({ type: "committed", epoch: last.epoch, root: last.root });
  }

  /** What is on the chain for good needs no log any more, and old agreements no memory. */
  async #retireAgreements(): Promise<void> {
    await this.#agreements.retire();
    const final = finalEpoch(this.#dependencies.chain);
    if (final === undefined) return;
    await this.#dependencies.log.forgetThrough(final);
    await this.#dependencies.voted.forgetThrough(final);
  }
}
