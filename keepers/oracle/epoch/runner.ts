import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Random } from "../../core/random.js";
import { ELIGIBLE_AVAILABILITY } from "../../protocol/availability.js";
import { type Address, bytesToHex } from "../../protocol/bytes.js";
import type { DeedKind } from "../../protocol/deedId.js";
import { leaderOrder } from "../../protocol/leaders.js";
import { linksHash } from "../../protocol/links.js";
import type { DecodedOracleMessage, MessageOf, OracleContext } from "../../protocol/oracleMessages.js";
import { type ReportsValue, ZERO_HASH } from "../../protocol/oracleValue.js";
import { quorum } from "../../protocol/quorum.js";
import type { SigningKey } from "../../protocol/signing.js";
import type { EpochReport, SigningDomain } from "../../protocol/typedData.js";
import type { EpochStore } from "../../storage/epochStore.js";
import { Recomputation } from "../consensus/recompute.js";
import { adaptTimeouts, type BaseBounds, type Timeouts } from "../consensus/timeouts.js";
import type { EpochConfig, EpochState, OpenedReport, OwnObservation } from "../consensus/types.js";
import { Agreement } from "./agreement.js";
import { Agreements } from "./agreements.js";
import { LeafExchange } from "./leafExchange.js";
import type { Outbox } from "./outbox.js";
import { Progress } from "./progress.js";
import { unreliableOracles } from "./reliability.js";
import { Signatures } from "./signatures.js";
import { Submission } from "./submission.js";
import type { EpochChain, CommitSender, DecidedEpoch, EpochListener, EpochSnapshot, Observer } from "./types.js";
import type { VotingLog } from "./votingLog.js";

export interface RunnerOptions {
  readonly context: OracleContext;
  readonly domain: SigningDomain;
  readonly key: SigningKey;
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
  readonly logger: Logger;
}

/** Takes the oracle through one epoch after the other: agree, keep, submit; or, when the chain is ahead, catch up. */
export class EpochRunner {
  readonly #options: RunnerOptions;
  readonly #dependencies: RunnerDependencies;
  readonly #notify: EpochListener;
  readonly #signatures = new Signatures();
  readonly #leaves: LeafExchange;
  readonly #agreements = new Agreements();
  readonly #submissions = new Map<bigint, Submission>();
  readonly #stop = new AbortController();
  #progress: Progress | undefined;
  #timeouts: Timeouts;
  #running: Promise<void> = Promise.resolve();
  #wake = Promise.withResolvers<undefined>();
  #reportedCommit = -1n;

  constructor(options: RunnerOptions, dependencies: RunnerDependencies, notify: EpochListener) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#notify = notify;
    this.#timeouts = options.timeouts;
    this.#leaves = new LeafExchange(
      { context: options.context, me: this.#me, repeatMs: options.retryMs, answerStepMs: options.retryMs / 8 },
      { ...dependencies, place: () => Math.max(0, dependencies.chain.oracles().indexOf(this.#me)) },
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
    this.#progress = await Progress.open(this.#dependencies.archive, this.#options.firstEpoch);
    const forget = this.#dependencies.chain.onChange(() => this.#onChainChange());
    this.#stop.signal.addEventListener("abort", forget, { once: true });
    await this.#resumeSubmission(this.#progress);
    this.#running = this.#run(this.#progress);
  }

  /** Whether anything can still be said about an epoch: it is undecided here, or was decided lately. */
  isOpen(epoch: bigint): boolean {
    const next = this.nextEpoch;
    return next !== undefined && epoch <= next + 1n;
  }

  /** Whether an account belongs to the set of an epoch that is still talked about. */
  isMember(account: Address): boolean {
    return this.#agreements.isMember(account);
  }

  /** Hands in a message whose signature was found to be its sender's. */
  deliver(decoded: DecodedOracleMessage): void {
    const { message } = decoded;
    if (message.kind === "leaves") return this.#leaves.onLeaves(message);
    if (message.kind === "request" && message.what === "leaves") return this.#leaves.onRequest(message);
    if (message.kind === "signature") return this.#onSignature(message);
    this.#agreements.deliver(decoded, this.nextEpoch ?? 0n);
  }

  /** Says nothing more; waits for the disk. Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("the oracle is closing"));
    this.#wake.resolve(undefined);
    for (const submission of this.#submissions.values()) submission.close();
    this.#leaves.close();
    await this.#agreements.close();
    await this.#running;
  }

  get #me(): Address {
    return this.#options.key.address;
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
    const { chain } = this.#dependencies;
    const commit = chain.lastCommit();
    if (progress.isBehind(commit)) {
      await this.#adopt(progress, commit);
      return true;
    }
    const snapshot = await chain.snapshotOf(progress.next);
    if (!snapshot) return false;
    await this.#agree(progress, snapshot);
    return true;
  }

  /** Takes over what the chain has: the leaf file, and the one before it, for who was unreliable. */
  async #adopt(progress: Progress, commit: EpochReport): Promise<void> {
    const before = this.#dependencies.chain.previousCommit();
    if (before && before.root !== progress.root) await this.#adoptOne(progress, before);
    await this.#adoptOne(progress, commit);
  }

  async #adoptOne(progress: Progress, commit: EpochReport): Promise<void> {
    const file = await this.#leaves.fetch(commit, this.#stop.signal);
    await progress.keep(commit.epoch, file, metaOf(commit, []));
    this.#notify({ type: "adopted", epoch: commit.epoch, root: commit.root });
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
    this.#notify({ type: "started", epoch, oracles: snapshot.oracles.length, links: snapshot.links.length });
    const decision = await this.#decide(config, snapshot);
    if (!decision) return;
    const measured = { decisionMs: this.#dependencies.clock.now() - startedAt, round: decision.round };
    this.#timeouts = adaptTimeouts(this.#timeouts, measured, this.#options.timeoutBounds);
    await this.#conclude(progress, config, decision, recomputation);
  }

  /** The decision, or undefined when the chain got there first. */
  async #decide(config: EpochConfig, snapshot: EpochSnapshot): Promise<MessageOf<"decision"> | undefined> {
    const { epoch } = config;
    const decided = Promise.withResolvers<MessageOf<"decision"> | undefined>();
    const giveUpWhenCommitted = () => {
      const last = this.#dependencies.chain.lastCommit();
      if (this.#isClosing() || (last && last.epoch >= epoch)) decided.resolve(undefined);
    };
    const forget = this.#dependencies.chain.onChange(giveUpWhenCommitted);
    this.#stop.signal.addEventListener("abort", giveUpWhenCommitted, { once: true });
    const agreement = this.#newAgreement(config, this.#observe(epoch, snapshot), (decision) => {
      decided.resolve(decision);
    });
    this.#agreements.open(agreement);
    giveUpWhenCommitted();
    const decision = await decided.promise;
    forget();
    this.#stop.signal.removeEventListener("abort", giveUpWhenCommitted);
    if (!decision) await this.#agreements.drop(epoch);
    return decision;
  }

  async #conclude(
    progress: Progress,
    config: EpochConfig,
    { round, value }: MessageOf<"decision">,
    recomputation: Recomputation,
  ): Promise<void> {
    const { epoch } = config;
    const root = value.type === "reports" && value.root !== ZERO_HASH ? value.root : undefined;
    this.#notify({ type: "decided", epoch, round, root });
    if (value.type === "skip" || !root) {
      progress.skip(epoch);
      return;
    }
    const report = reportFrom(epoch, value);
    const reporters = value.set.map(({ oracle }) => oracle);
    const file = this.#computed(epoch, value, recomputation) ?? (await this.#leaves.fetch(report, this.#stop.signal));
    await progress.keep(epoch, file, metaOf(report, reporters));
    this.#submit(report, config.leaders.indexOf(this.#me));
    await this.#retireAgreements();
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

  #newAgreement(
    config: EpochConfig,
    observation: OwnObservation | undefined,
    onDecided: (decision: MessageOf<"decision">) => void,
  ): Agreement {
    const epoch = config.epoch;
    let announced = "";
    return new Agreement({ config, observation, retryMs: this.#options.retryMs }, this.#dependencies, {
      onDecided,
      onProgress: ({ round, step }) => {
        const place = `${round} ${step}`;
        if (round < 0 || place === announced) return;
        announced = place;
        this.#notify({ type: "round", epoch, round, step });
      },
      onEvidence: ({ offence, member }) => {
        this.#dependencies.logger.warn("an oracle contradicted itself", { epoch: epoch.toString(), offence, member });
      },
      onReject: (code) => {
        this.#dependencies.logger.trace("an oracle message was not used", { epoch: epoch.toString(), code });
      },
      onHalted: (why) => {
        this.#notify({ type: "halted", epoch, why });
      },
    });
  }

  /** This oracle's own report; undefined when its own availability is too low to judge others. */
  #observe(epoch: bigint, { links, oracles }: EpochSnapshot): OwnObservation | undefined {
    if (!oracles.includes(this.#me)) return undefined;
    const availability = this.#dependencies.observer.observe(epoch, links);
    const own = availability[links.findIndex(({ node }) => node === this.#me)] ?? 0;
    if (own < ELIGIBLE_AVAILABILITY) {
      this.#dependencies.logger.warn("own availability is below 250 of 255: no report this epoch", {
        epoch: epoch.toString(),
        own,
      });
      return undefined;
    }
    return { salt: bytesToHex(this.#dependencies.random.bytes(32)), availability };
  }

  #configOf(progress: Progress, { links, oracles }: EpochSnapshot, recomputation: Recomputation): EpochConfig {
    const { context, startEpochs } = this.#options;
    const epoch = progress.next;
    const unreliable = unreliableOracles(oracles, links, progress.lastCredits, startEpochs);
    return {
      context,
      epoch,
      members: oracles,
      leaders: leaderOrder({ ...context, epoch, oracles, unreliable }),
      me: this.#me,
      linksHash: linksHash(epoch, links),
      linkCount: links.length,
      previousRoot: progress.root,
      timeouts: this.#timeouts,
      commitmentOf: recomputation.commitmentOf,
    };
  }

  #recomputationOf(progress: Progress, { links }: EpochSnapshot): Recomputation {
    const header = { ...this.#options.context, epoch: progress.next, previousRoot: progress.root };
    const { startEpochs } = this.#options;
    return new Recomputation({}, { header, links, previousEntries: progress.entries, startEpochs });
  }

  async #resumeSubmission(progress: Progress): Promise<void> {
    const report = await progress.lastReport();
    const last = this.#dependencies.chain.lastCommit();
    const isPending = report && (!last || last.epoch < report.epoch);
    if (isPending) this.#submit(report, Math.max(0, this.#dependencies.chain.oracles().indexOf(this.#me)));
  }

  /** @param place in the epoch's order of leaders; an oracle outside the set has nothing to sign */
  #submit(report: EpochReport, place: number): void {
    if (place < 0 || this.#isClosing()) return;
    const { domain, key, stageMs, retryMs } = this.#options;
    const options = { report, domain, key, stage: place, stageMs, repeatMs: retryMs };
    const submission = new Submission(options, { ...this.#dependencies, signatures: this.#signatures });
    this.#submissions.set(report.epoch, submission);
  }

  #onSignature(message: MessageOf<"signature">): void {
    if (message.epoch <= this.#reportedCommit) return;
    this.#signatures.add(message);
    this.#submissions.get(message.epoch)?.poke();
  }

  #onChainChange(): void {
    this.#reportCommit();
    const woken = this.#wake;
    this.#wake = Promise.withResolvers();
    woken.resolve(undefined);
  }

  #reportCommit(): void {
    const last = this.#dependencies.chain.lastCommit();
    if (!last || last.epoch <= this.#reportedCommit) return;
    this.#reportedCommit = last.epoch;
    for (const epoch of [...this.#submissions.keys()]) {
      if (epoch > last.epoch) continue;
      this.#submissions.get(epoch)?.close();
      this.#submissions.delete(epoch);
    }
    this.#signatures.forgetThrough(last.epoch);
    this.#notify({ type: "committed", epoch: last.epoch, root: last.root });
  }

  /** What is on the chain needs no log any more, and old agreements no memory. */
  async #retireAgreements(): Promise<void> {
    await this.#agreements.retire();
    const last = this.#dependencies.chain.lastCommit();
    if (last) await this.#dependencies.log.forgetThrough(last.epoch);
  }
}

function reportFrom(epoch: bigint, { previousRoot, root, dataHash, leafCount }: ReportsValue): EpochReport {
  return { epoch, previousRoot, root, dataHash, leafCount };
}

function metaOf({ previousRoot, root, dataHash, leafCount }: EpochReport, reporters: readonly Address[]): DecidedEpoch {
  return { previousRoot, root, dataHash, leafCount: leafCount.toString(), reporters };
}
